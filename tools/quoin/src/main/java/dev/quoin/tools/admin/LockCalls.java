package dev.quoin.tools.admin;

import dev.quoin.admin.proto.AcquireLockRequest;
import dev.quoin.admin.proto.LockEvent;
import dev.quoin.admin.proto.LockGranted;
import dev.quoin.admin.proto.LockLost;
import dev.quoin.admin.proto.LockWaiting;
import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockInfo;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.Locks;
import io.grpc.stub.ServerCallStreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Locks held for a caller for as long as its call is open. */
final class LockCalls {

    /** After so long a caller is told whom it waits for. */
    private static final long PATIENCE_MILLIS = 200;

    private final Locks locks;

    LockCalls(Locks locks) {
        this.locks = locks;
    }

    void acquire(AcquireLockRequest request, ServerCallStreamObserver<LockEvent> reply) {
        var ended = new CompletableFuture<Boolean>();
        reply.setOnCancelHandler(() -> ended.complete(false));
        Thread.ofVirtual()
                .name("admin-lock")
                .start(() -> Calls.run(reply, () -> {
                    try (Locks.Session session = locks.open(request.getClient())) {
                        session.onLost(() -> ended.complete(true));
                        hold(session, request, reply, ended);
                    }
                }));
    }

    private void hold(
            Locks.Session session,
            AcquireLockRequest request,
            ServerCallStreamObserver<LockEvent> reply,
            CompletableFuture<Boolean> ended)
            throws Fault {
        String name = request.getName();
        Duration wait = request.getWaitMillis() == 0 ? null : Duration.ofMillis(request.getWaitMillis());
        CompletableFuture<LockOutcome> outcome =
                session.acquire(name, request.getMode().isEmpty() ? "EX" : request.getMode(), wait);
        ended.thenRun(() -> outcome.cancel(false));
        if (!isDoneWithin(outcome, PATIENCE_MILLIS)) {
            List<LockInfo> holders = locks.holders(name);
            var waiting = LockWaiting.newBuilder();
            holders.forEach(holder -> waiting.addHolders(LockMessages.lock(holder)));
            reply.onNext(LockEvent.newBuilder().setWaiting(waiting).build());
        }
        Held held = Locks.granted(name, end(name, outcome));
        held.onLost(() -> ended.complete(true));
        reply.onNext(LockEvent.newBuilder()
                .setGranted(LockGranted.newBuilder().setToken(held.token().value()))
                .build());
        if (end(name, ended)) {
            reply.onNext(LockEvent.newBuilder()
                    .setLost(LockLost.newBuilder().setReason("its session has ended, or an operator broke it"))
                    .build());
            reply.onCompleted();
        }
    }

    private static boolean isDoneWithin(CompletableFuture<?> future, long millis) throws Fault {
        try {
            future.get(millis, TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException waiting) {
            return false;
        } catch (ExecutionException | CancellationException done) {
            return true;
        } catch (InterruptedException interrupted) {
            throw interrupted("lock", interrupted);
        }
    }

    private static <T> T end(String name, CompletableFuture<T> future) throws Fault {
        try {
            return future.get();
        } catch (ExecutionException defect) {
            throw new IllegalStateException("lock requests do not fail, they end in an outcome", defect);
        } catch (CancellationException gone) {
            throw new Fault(ExitCode.INTERRUPTED, "lock " + name, "the caller is gone", "nothing is to be done", gone);
        } catch (InterruptedException interrupted) {
            throw interrupted("lock " + name, interrupted);
        }
    }

    private static Fault interrupted(String object, InterruptedException cause) {
        Thread.currentThread().interrupt();
        return new Fault(ExitCode.INTERRUPTED, object, "interrupted", "run it again", cause);
    }
}
