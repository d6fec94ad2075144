package dev.quoin.dlm.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.dlm.api.DlmException.Code;
import dev.quoin.dlm.api.FencingToken;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest.Queue;
import dev.quoin.dlm.api.Registry;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.SessionInfo;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.api.ValueBlock;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Proves the rules of sessions, limits and the registry that the random test does not reach. */
class LockCoreTest {

    private static final ResourceName R = ResourceName.of("r");
    private final Recorder core = new Recorder(new LockCore(Limits.DEFAULT, true));

    private static Operation.Acquire acquire(LockMode mode) {
        return new Operation.Acquire(0, R, mode, Queue.NOQUEUE, true, 0, false, 0);
    }

    private static Transaction put(String key, int length) {
        return Transaction.builder().put(key, new byte[length]).build();
    }

    private long openWithSpace(SessionEndPolicy policy) {
        long session = core.open("a", false);
        assertThat(core.perform(session, new Operation.OpenLockspace("s", policy)))
                .isEqualTo(new Result.LockspaceOpened(0));
        return session;
    }

    @Test
    void open_withSameNonce_findsTheSession() {
        Command.OpenSession open = new Command.OpenSession(new UUID(7, 7), "a", true, 1_000);
        core.apply(open);
        assertThat(core.effects).containsExactly(new Effect.Opened(new UUID(7, 7), 1, 1_000, 0));
        core.apply(open);
        assertThat(core.effects).containsExactly(new Effect.Opened(new UUID(7, 7), 1, 1_000, 0));
    }

    @Test
    void open_superseding_endsFormerSessionOfTheNode() {
        long first = openWithSpace(SessionEndPolicy.HOLD_UNTIL_FENCED);
        core.perform(first, acquire(LockMode.EX));
        long second = core.open("a", true);
        assertThat(core.effects).anyMatch(e -> e instanceof Effect.SessionGone gone && gone.session() == first);
        assertThat(core.perform(second, acquire(LockMode.EX))).isInstanceOf(Result.Denied.class);
        assertThat(core.core.sessions())
                .extracting(SessionInfo::state)
                .containsExactly(SessionInfo.State.ENDED_NOT_FENCED, SessionInfo.State.ALIVE);
        assertThat(core.perform(second, new Operation.DeclareFenced(first))).isEqualTo(new Result.Done());
        Result granted = core.perform(second, acquire(LockMode.EX));
        assertThat(granted).isInstanceOf(Result.Granted.class);
        assertThat(core.core.sessions()).hasSize(1);
    }

    @Test
    void open_notSuperseding_leavesOthers() {
        core.open("a", false);
        core.open("a", false);
        assertThat(core.core.sessions()).hasSize(2);
    }

    @Test
    void expiredHolder_whoseLockAnotherKeeps_leavesInvalidValue() {
        long first = openWithSpace(SessionEndPolicy.RELEASE);
        long second = core.open("b", false);
        core.perform(second, acquire(LockMode.NL));
        core.perform(first, acquire(LockMode.EX));
        core.apply(new Command.ExpireSession(first));
        Result.Granted granted = (Result.Granted) core.perform(second, acquire(LockMode.EX));
        assertThat(granted.value().isValid()).isFalse();
        core.perform(second, new Operation.Release(granted.lock(), ValueBlock.of(new byte[] {5}), false));
        Result.Granted again = (Result.Granted) core.perform(second, acquire(LockMode.PR));
        assertThat(again.value()).isEqualTo(ValueBlock.of(new byte[] {5}));
    }

    @Test
    void operation_ofEndedSession_isToldThatItIsGone() {
        long session = openWithSpace(SessionEndPolicy.RELEASE);
        core.apply(new Command.ExpireSession(session));
        core.start(session, acquire(LockMode.EX));
        assertThat(core.effects).hasSize(1).first().isInstanceOf(Effect.SessionGone.class);
    }

    @Test
    void tokenHeldGuard_afterTheSessionEnded_conflictsEvenWhileTheLockIsHeld() {
        long first = openWithSpace(SessionEndPolicy.HOLD_UNTIL_FENCED);
        long second = core.open("b", false);
        Result.Granted granted = (Result.Granted) core.perform(first, acquire(LockMode.EX));
        Operation commit = new Operation.Commit(new Transaction(
                java.util.List.of(new Transaction.Guard.TokenHeld("s", R, new FencingToken(granted.token()))),
                java.util.List.of(new Transaction.Operation.Put("k", new byte[1]))));
        assertThat(core.perform(second, commit)).isEqualTo(new Result.Committed(1));
        core.apply(new Command.ExpireSession(first));
        assertThat(core.perform(second, commit)).isInstanceOf(Result.Conflict.class);
        core.perform(second, new Operation.DeclareFenced(first));
        assertThat(core.perform(second, commit)).isInstanceOf(Result.Conflict.class);
    }

    @Test
    void limits_atLimitAndOneMore_allowAndRefuse() {
        Recorder small = new Recorder(new LockCore(new Limits(2, 1, 2, 2, 3, 1, 100, 1), false));
        long session = small.open("a", false);
        small.open("b", false);
        small.apply(new Command.OpenSession(new UUID(1, 1), "c", false, 1_000));
        assertThat(small.effects).first().isInstanceOf(Effect.OpenRefused.class);
        small.perform(session, new Operation.OpenLockspace("s", SessionEndPolicy.RELEASE));
        assertThat(refusal(small.perform(session, new Operation.OpenLockspace("t", SessionEndPolicy.RELEASE))))
                .isEqualTo(Code.LIMIT_EXCEEDED);
        small.apply(new Command.Acknowledge(session, 2, new long[0]));
        assertThat(small.perform(session, acquire(LockMode.NL))).isInstanceOf(Result.Granted.class);
        assertThat(small.perform(session, acquire(LockMode.NL))).isInstanceOf(Result.Granted.class);
        assertThat(refusal(small.perform(session, acquire(LockMode.NL)))).isEqualTo(Code.LIMIT_EXCEEDED);
        assertThat(small.core.locks.locks).hasSize(2);
        // Three results are kept now: the next operation is refused unseen.
        assertThat(refusal(small.perform(session, new Operation.Release(1, null, false))))
                .isEqualTo(Code.LIMIT_EXCEEDED);
        small.apply(new Command.Acknowledge(session, 5, new long[0]));
        assertThat(small.perform(session, new Operation.Commit(put("k", 99)))).isInstanceOf(Result.Committed.class);
        assertThat(refusal(small.perform(session, new Operation.Commit(put("k", 100)))))
                .isEqualTo(Code.LIMIT_EXCEEDED);
        small.apply(new Command.Acknowledge(session, 8, new long[0]));
        assertThat(refusal(small.perform(session, new Operation.Commit(put("l", 0)))))
                .isEqualTo(Code.LIMIT_EXCEEDED);
        assertThat(refusal(small.perform(session, new Operation.ListLocks(0, new byte[0]))))
                .isEqualTo(Code.LIMIT_EXCEEDED);
    }

    private static Code refusal(Result result) {
        assertThat(result).isInstanceOf(Result.Refused.class);
        return ((Result.Refused) result).code();
    }

    @Test
    void transaction_beyondItsLimits_isRefusedWhole() {
        long session = core.open("a", false);
        Transaction.Builder many = Transaction.builder();
        for (int i = 0; i <= Registry.TRANSACTION_SIZE_MAX; i++) {
            many.delete("k" + i);
        }
        assertThat(refusal(core.perform(session, new Operation.Commit(many.build()))))
                .isEqualTo(Code.LIMIT_EXCEEDED);
        assertThat(core.perform(session, new Operation.Commit(put("k", Registry.VALUE_LENGTH_MAX))))
                .isEqualTo(new Result.Committed(1));
        assertThat(refusal(core.perform(session, new Operation.Commit(put("k", Registry.VALUE_LENGTH_MAX + 1)))))
                .isEqualTo(Code.LIMIT_EXCEEDED);
        assertThat(refusal(core.perform(session, new Operation.Commit(put("", 1)))))
                .isEqualTo(Code.LIMIT_EXCEEDED);
        String longest = "k".repeat(Registry.KEY_LENGTH_MAX);
        assertThat(core.perform(session, new Operation.Commit(put(longest, 1)))).isEqualTo(new Result.Committed(2));
        assertThat(refusal(core.perform(session, new Operation.Commit(put(longest + "k", 1)))))
                .isEqualTo(Code.LIMIT_EXCEEDED);
    }

    @Test
    void registry_guardsAndRevisions_areAsDocumented() {
        long session = core.open("a", false);
        Transaction create =
                Transaction.builder().ifAbsent("k").put("k", new byte[] {1}).build();
        assertThat(core.perform(session, new Operation.Commit(create))).isEqualTo(new Result.Committed(1));
        assertThat(core.perform(session, new Operation.Commit(create))).isInstanceOf(Result.Conflict.class);
        Transaction nothing =
                Transaction.builder().ifRevision("k", 1).delete("absent").build();
        assertThat(core.perform(session, new Operation.Commit(nothing))).isEqualTo(new Result.Committed(1));
        Transaction remove = Transaction.builder()
                .ifRevision("k", 1)
                .delete("k")
                .put("l", new byte[2])
                .build();
        assertThat(core.perform(session, new Operation.Commit(remove))).isEqualTo(new Result.Committed(2));
        Result.Entries all = (Result.Entries) core.perform(session, new Operation.Range(""));
        assertThat(all.entries()).extracting(Registry.Entry::key).containsExactly("l");
        assertThat(all.entries()).extracting(Registry.Entry::revision).containsExactly(2L);
        Result.Watched since = (Result.Watched) core.perform(session, new Operation.Watch("", 2));
        assertThat(since.changes()).extracting(Registry.Change::key).containsExactly("k", "l");
        assertThat(since.next()).isEqualTo(3);
    }
}
