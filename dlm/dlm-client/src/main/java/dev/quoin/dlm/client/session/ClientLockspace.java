package dev.quoin.dlm.client.session;

import com.google.protobuf.ByteString;
import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.LockInfo;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.proto.Acquire;
import dev.quoin.dlm.proto.ListLocks;
import dev.quoin.dlm.proto.Operation;
import dev.quoin.dlm.proto.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A lockspace as one session sees it. */
record ClientLockspace(ClientSession session, String name, SessionEndPolicy policy, int number) implements Lockspace {

    @Override
    public LockOutcome acquire(ResourceName resource, LockRequest request) {
        return start(resource, request).await();
    }

    @Override
    public CompletableFuture<LockOutcome> acquireAsync(ResourceName resource, LockRequest request) {
        return start(resource, request).future();
    }

    private LockPending start(ResourceName resource, LockRequest request) {
        if (request.value() != null) {
            throw new IllegalArgumentException("a value block found on a request for a new lock on " + resource
                    + ", expected only on a conversion down from PW or EX");
        }
        Acquire.Builder acquire = Acquire.newBuilder()
                .setLockspace(number)
                .setResource(ByteString.copyFrom(resource.bytes()))
                .setMode(Replies.mode(request.mode()))
                .setQueue(Replies.queue(request.queue()))
                .setListens(request.onBlocking() != null);
        return new LockPending(
                        session,
                        Operation.newBuilder().setAcquire(acquire),
                        true,
                        granted -> {
                            HeldLock held = new HeldLock(
                                    session, name, resource, request.mode(), request.onBlocking(), granted);
                            session.hold(granted.getLock(), held);
                            return held;
                        },
                        () -> {})
                .start(request);
    }

    @Override
    public List<LockInfo> locks(byte[] prefix) throws DlmException {
        List<LockInfo> all = new ArrayList<>();
        Operation.Builder operation = Operation.newBuilder()
                .setListLocks(ListLocks.newBuilder().setLockspace(number).setPrefix(ByteString.copyFrom(prefix)));
        for (Result result : Replies.ask(session, operation)) {
            if (!result.hasLocks()) {
                throw Replies.unexpected(result);
            }
            result.getLocks().getLocksList().forEach(lock -> all.add(Replies.lock(lock)));
        }
        return List.copyOf(all);
    }
}
