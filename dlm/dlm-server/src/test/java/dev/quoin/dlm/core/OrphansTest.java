package dev.quoin.dlm.core;

import static dev.quoin.dlm.core.Asks.acquire;
import static dev.quoin.dlm.core.Asks.lock;
import static dev.quoin.dlm.core.Asks.persistent;
import static dev.quoin.dlm.core.Asks.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.dlm.api.DlmException.Code;
import dev.quoin.dlm.api.FencingToken;
import dev.quoin.dlm.api.LockInfo;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest.Queue;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.Transaction;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Proves how persistent locks outlive their sessions, how they are adopted, and how locks are broken. */
class OrphansTest {

    private final Recorder core = new Recorder(new LockCore(Limits.DEFAULT, true));
    private final long a = core.open("a", false);
    private final long b = core.open("b", false);

    private void open(SessionEndPolicy policy) {
        core.perform(a, new Operation.OpenLockspace("s", policy));
    }

    private static Operation.Adopt adopt(LockMode mode) {
        return new Operation.Adopt(0, ResourceName.of("r"), mode, true);
    }

    private LockInfo only() {
        Result.Locks locks = (Result.Locks) core.perform(b, new Operation.ListLocks(0, new byte[0]));
        assertThat(locks.locks()).hasSize(1);
        return locks.locks().getFirst();
    }

    @Test
    void persistentLock_afterItsSession_isHeldByNobody_andStillBlocks() {
        open(SessionEndPolicy.RELEASE);
        lock(core.perform(a, persistent("r", LockMode.PR)));
        lock(core.perform(a, acquire("r", LockMode.CR)));
        core.apply(new Command.ExpireSession(a));
        LockInfo orphan = only();
        assertThat(orphan.session()).isNull();
        assertThat(orphan.node()).isEqualTo("a");
        assertThat(orphan.state()).isEqualTo(LockInfo.State.ORPHAN);
        assertThat(orphan.describe()).isEqualTo("a (orphan) holds PR on s/r");
        assertThat(core.perform(b, acquire("r", LockMode.EX, Queue.NOQUEUE))).isInstanceOf(Result.Denied.class);
        assertThat(core.core.sessions()).hasSize(1);
    }

    @Test
    void persistentLock_ofAClosedSession_isAnOrphanToo() {
        open(SessionEndPolicy.HOLD_UNTIL_FENCED);
        lock(core.perform(a, persistent("r", LockMode.EX)));
        core.perform(a, new Operation.EndSession());
        assertThat(only().state()).isEqualTo(LockInfo.State.ORPHAN);
        assertThat(core.effects).noneMatch(e -> e instanceof Effect.FenceNeeded);
        Result.Granted adopted = (Result.Granted) core.perform(b, adopt(LockMode.EX));
        assertThat(adopted.value().isValid()).isTrue();
    }

    @Test
    void adopt_inThatMode_givesANewToken_andTheLockIsTheSessionsOwn() {
        open(SessionEndPolicy.RELEASE);
        Result.Granted first = (Result.Granted) core.perform(a, persistent("r", LockMode.EX));
        core.apply(new Command.ExpireSession(a));
        assertThat(core.perform(b, adopt(LockMode.PR)))
                .isInstanceOfSatisfying(
                        Result.Denied.class,
                        denied -> assertThat(denied.reason()).contains("EX, not in PR"));
        Result.Granted adopted = (Result.Granted) core.perform(b, adopt(LockMode.EX));
        assertThat(adopted.lock()).isEqualTo(first.lock());
        assertThat(adopted.token()).isGreaterThan(first.token());
        assertThat(adopted.value().isValid()).as("its writer died").isFalse();
        assertThat(only().state()).isEqualTo(LockInfo.State.ALIVE);
        assertThat(core.perform(b, adopt(LockMode.EX)))
                .isInstanceOfSatisfying(
                        Result.Denied.class,
                        denied -> assertThat(denied.reason()).contains("no orphan on s/r"));
        assertThat(core.perform(b, Asks.release(adopted.lock()))).isEqualTo(new Result.Done());
        assertThat(core.core.lockCount()).isZero();
    }

    @Test
    void persistentLock_inLockspacesThatHold_becomesAnOrphanOnlyAfterTheFence() {
        open(SessionEndPolicy.HOLD_UNTIL_FENCED);
        lock(core.perform(a, persistent("r", LockMode.EX)));
        core.apply(new Command.ExpireSession(a));
        assertThat(core.perform(b, adopt(LockMode.EX))).isInstanceOf(Result.Denied.class);
        assertThat(only().state()).isEqualTo(LockInfo.State.SESSION_ENDED);
        core.apply(new Command.Fenced(a));
        assertThat(only().state()).isEqualTo(LockInfo.State.ORPHAN);
        assertThat(core.perform(b, adopt(LockMode.EX))).isInstanceOf(Result.Granted.class);
    }

    @Test
    void breakLock_ofALivingHolder_tellsIt_spoilsTheValue_andItsTokenIsWorthNothing() {
        open(SessionEndPolicy.RELEASE);
        lock(core.perform(b, acquire("r", LockMode.NL)));
        Result.Granted held = (Result.Granted) core.perform(a, acquire("r", LockMode.EX));
        Operation guarded = new Operation.Commit(new Transaction(
                List.of(new Transaction.Guard.TokenHeld(
                        "s", ResourceName.of("r"), new FencingToken(held.token()), held.lock())),
                List.of(new Transaction.Operation.Put("k", new byte[1]))));
        assertThat(core.perform(a, guarded)).isInstanceOf(Result.Committed.class);
        assertThat(refusal(core.perform(b, new Operation.BreakLock(held.lock(), held.token() + 1))))
                .isEqualTo(Code.NOT_FOUND);
        assertThat(core.perform(b, new Operation.BreakLock(held.lock(), held.token())))
                .isEqualTo(new Result.Done());
        assertThat(core.effects).contains(new Effect.LockBroken(a, held.lock()));
        assertThat(core.perform(a, guarded)).isInstanceOf(Result.Conflict.class);
        Result.Granted next = (Result.Granted) core.perform(b, acquire("r", LockMode.PR));
        assertThat(next.value().isValid()).isFalse();
        core.apply(new Command.Attach(a));
        assertThat(core.effects).as("told again").contains(new Effect.LockBroken(a, held.lock()));
        assertThat(core.perform(a, Asks.release(held.lock()))).isEqualTo(new Result.Done());
        core.apply(new Command.Attach(a));
        assertThat(core.effects).noneMatch(e -> e instanceof Effect.LockBroken);
    }

    @Test
    void breakLock_ofAnOrphan_orOfAnEndedSession_leavesNothing() {
        open(SessionEndPolicy.HOLD_UNTIL_FENCED);
        Result.Granted held = (Result.Granted) core.perform(a, acquire("r", LockMode.EX));
        core.apply(new Command.ExpireSession(a));
        assertThat(core.perform(b, new Operation.BreakLock(held.lock(), held.token())))
                .isEqualTo(new Result.Done());
        assertThat(core.core.unfenced()).isEmpty();
        assertThat(core.core.sessions()).hasSize(1);
        long c = core.open("c", false);
        Result.Granted orphan = (Result.Granted) core.perform(c, persistent("q", LockMode.PR));
        core.perform(c, new Operation.EndSession());
        assertThat(core.perform(b, new Operation.BreakLock(orphan.lock(), orphan.token())))
                .isEqualTo(new Result.Done());
        assertThat(core.core.lockCount()).isZero();
    }

    @Test
    void breakLock_cancelsTheConversionThatWaitsOnIt() {
        open(SessionEndPolicy.RELEASE);
        Result.Granted held = (Result.Granted) core.perform(a, acquire("r", LockMode.PR));
        lock(core.perform(b, acquire("r", LockMode.PR)));
        long waits = core.start(a, Asks.convert(held.lock(), LockMode.EX));
        core.perform(b, new Operation.BreakLock(held.lock(), held.token()));
        assertThat(core.effects).contains(new Effect.Answer(a, waits, new Result.Cancelled()));
    }
}
