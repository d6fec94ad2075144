package dev.quoin.dlm.client.session;

import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.FencingToken;
import dev.quoin.dlm.api.LockWait;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.SessionId;
import dev.quoin.dlm.api.SessionInfo;
import dev.quoin.dlm.proto.BreakLock;
import dev.quoin.dlm.proto.DeclareFenced;
import dev.quoin.dlm.proto.DeclareRecovered;
import dev.quoin.dlm.proto.FindDeadlocks;
import dev.quoin.dlm.proto.ListLockspaces;
import dev.quoin.dlm.proto.ListSessions;
import dev.quoin.dlm.proto.ListWaits;
import dev.quoin.dlm.proto.OpenLockspace;
import dev.quoin.dlm.proto.Operation;
import dev.quoin.dlm.proto.Result;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What a session can see of the whole lock manager and do to others. Its methods block. */
record Observer(ClientSession session) {

    private static final SessionEndPolicy[] POLICIES = SessionEndPolicy.values();

    private void each(Operation.Builder operation, Predicate<Result> isRight, Consumer<Result> take)
            throws DlmException {
        for (Result result : Replies.ask(session, operation)) {
            if (!isRight.test(result)) {
                throw Replies.unexpected(result);
            }
            take.accept(result);
        }
    }

    List<SessionInfo> sessions() throws DlmException {
        List<SessionInfo> all = new ArrayList<>();
        each(
                Operation.newBuilder().setListSessions(ListSessions.getDefaultInstance()),
                Result::hasSessions,
                result -> result.getSessions().getSessionsList().forEach(one -> all.add(Infos.session(one))));
        return List.copyOf(all);
    }

    Map<String, SessionEndPolicy> lockspaces() throws DlmException {
        Map<String, SessionEndPolicy> all = new TreeMap<>();
        each(
                Operation.newBuilder().setListLockspaces(ListLockspaces.getDefaultInstance()),
                Result::hasLockspaces,
                result -> {
                    for (OpenLockspace one : result.getLockspaces().getLockspacesList()) {
                        all.put(one.getName(), POLICIES[one.getPolicy().getNumber()]);
                    }
                });
        return all;
    }

    List<LockWait> waits(@Nullable String lockspace) throws DlmException {
        List<LockWait> all = new ArrayList<>();
        each(
                Operation.newBuilder()
                        .setListWaits(ListWaits.newBuilder().setLockspace(lockspace == null ? "" : lockspace)),
                Result::hasWaits,
                result -> result.getWaits().getWaitsList().forEach(one -> all.add(Infos.wait(one))));
        return List.copyOf(all);
    }

    List<List<LockWait>> deadlocks() throws DlmException {
        List<List<LockWait>> all = new ArrayList<>();
        each(
                Operation.newBuilder().setFindDeadlocks(FindDeadlocks.getDefaultInstance()),
                Result::hasDeadlocks,
                result -> result.getDeadlocks().getCyclesList().forEach(one -> all.add(Infos.cycle(one))));
        return List.copyOf(all);
    }

    void breakLock(long lock, FencingToken token) throws DlmException {
        Replies.askDone(
                session,
                Operation.newBuilder()
                        .setBreakLock(BreakLock.newBuilder().setLock(lock).setToken(token.value())));
    }

    void declareFenced(SessionId ended) throws DlmException {
        Replies.askDone(
                session,
                Operation.newBuilder()
                        .setDeclareFenced(DeclareFenced.newBuilder().setEnded(ended.value())));
    }

    void declareRecovered(SessionId ended, String lockspace) throws DlmException {
        Replies.askDone(
                session,
                Operation.newBuilder()
                        .setDeclareRecovered(DeclareRecovered.newBuilder()
                                .setEnded(ended.value())
                                .setLockspace(lockspace)));
    }
}
