package dev.quoin.dlm.core;

import static dev.quoin.dlm.core.Asks.acquire;
import static dev.quoin.dlm.core.Asks.lock;
import static dev.quoin.dlm.core.Asks.refusal;
import static dev.quoin.dlm.core.Asks.under;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.dlm.api.DlmException.Code;
import dev.quoin.dlm.api.FencingToken;
import dev.quoin.dlm.api.LockInfo;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest.Queue;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.Transaction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Proves the rules of locks under locks. */
class SubLocksTest {

    private final Recorder core = new Recorder(new LockCore(Limits.DEFAULT, true));
    private final long a = core.open("a", false);
    private final long b = core.open("b", false);

    @BeforeEach
    void open() {
        core.perform(a, new Operation.OpenLockspace("s", SessionEndPolicy.RELEASE));
    }

    @Test
    void sameName_underAnotherParent_isAnotherResource() {
        long x = lock(core.perform(a, acquire("x", LockMode.CR)));
        long y = lock(core.perform(a, acquire("y", LockMode.CR)));
        lock(core.perform(a, under(x, "n", LockMode.EX)));
        lock(core.perform(a, under(y, "n", LockMode.EX)));
        lock(core.perform(a, acquire("n", LockMode.EX)));
        long theirs = lock(core.perform(b, acquire("x", LockMode.CR)));
        core.start(b, under(theirs, "n", LockMode.CR));
        assertThat(core.effects).noneMatch(e -> e instanceof Effect.Answer);
        Result.Locks all =
                (Result.Locks) core.perform(a, new Operation.ListLocks(0, "x".getBytes(StandardCharsets.UTF_8)));
        assertThat(all.locks()).extracting(LockInfo::path).containsExactly("s/x", "s/x", "s/x/n", "s/x/n");
    }

    @Test
    void release_ofALockWithSubLocks_isRefused_unlessAllGo() {
        long parent = lock(core.perform(a, acquire("x", LockMode.CR)));
        long child = lock(core.perform(a, under(parent, "n", LockMode.EX)));
        lock(core.perform(a, under(child, "m", LockMode.EX)));
        long theirs = lock(core.perform(b, acquire("x", LockMode.CR)));
        long waits = core.start(b, under(theirs, "n", LockMode.EX));
        assertThat(refusal(core.perform(a, Asks.release(parent)))).isEqualTo(Code.INVALID_REQUEST);
        assertThat(core.core.lockCount()).isEqualTo(5);
        assertThat(core.perform(a, new Operation.Release(parent, null, true))).isEqualTo(new Result.Done());
        assertThat(core.effects)
                .anyMatch(e -> e instanceof Effect.Answer(long s, long q, Result.Granted _) && s == b && q == waits);
        assertThat(core.core.lockCount()).isEqualTo(2);
    }

    @Test
    void releaseAll_cancelsWhatWaitsBelow() {
        long theirs = lock(core.perform(b, acquire("x", LockMode.CR)));
        lock(core.perform(b, under(theirs, "n", LockMode.EX)));
        long parent = lock(core.perform(a, acquire("x", LockMode.CR)));
        long waits = core.start(a, under(parent, "n", LockMode.EX));
        assertThat(refusal(core.perform(a, Asks.release(parent)))).isEqualTo(Code.INVALID_REQUEST);
        core.perform(a, new Operation.Release(parent, null, true));
        assertThat(core.effects).contains(new Effect.Answer(a, waits, new Result.Cancelled()));
        assertThat(core.core.lockCount()).isEqualTo(2);
    }

    @Test
    void parent_mustBeGranted_ofThisSession_andInThisLockspace() {
        long parent = lock(core.perform(a, acquire("x", LockMode.EX)));
        core.perform(a, new Operation.OpenLockspace("t", SessionEndPolicy.RELEASE));
        assertThat(refusal(core.perform(b, under(parent, "n", LockMode.EX)))).isEqualTo(Code.NOT_FOUND);
        assertThat(refusal(core.perform(a, under(99, "n", LockMode.EX)))).isEqualTo(Code.NOT_FOUND);
        Operation elsewhere =
                new Operation.Acquire(1, ResourceName.of("n"), LockMode.EX, Queue.WAIT, true, 0, false, parent);
        assertThat(refusal(core.perform(a, elsewhere))).isEqualTo(Code.NOT_FOUND);
        core.start(b, acquire("x", LockMode.EX));
        assertThat(refusal(core.perform(b, under(parent + 1, "n", LockMode.EX))))
                .isEqualTo(Code.NOT_FOUND);
    }

    @Test
    void depth_atLimitAndOneMore_isAllowedAndRefused() {
        long lock = lock(core.perform(a, acquire("x", LockMode.CR)));
        for (int level = 2; level <= Limits.LOCK_DEPTH_MAX; level++) {
            lock = lock(core.perform(a, under(lock, "x", LockMode.CR)));
        }
        assertThat(refusal(core.perform(a, under(lock, "x", LockMode.CR)))).isEqualTo(Code.LIMIT_EXCEEDED);
    }

    @Test
    void persistentSubLock_isRefused_forItEndsWithItsParent() {
        long parent = lock(core.perform(a, Asks.persistent("x", LockMode.CR)));
        Operation both = new Operation.Acquire(0, ResourceName.of("n"), LockMode.EX, Queue.WAIT, true, 0, true, parent);
        assertThat(refusal(core.perform(a, both))).isEqualTo(Code.INVALID_REQUEST);
        lock(core.perform(a, under(parent, "n", LockMode.EX)));
        core.apply(new Command.ExpireSession(a));
        assertThat(core.core.lockCount()).as("the orphan alone").isEqualTo(1);
    }

    @Test
    void breakLock_takesTheSubLocksToo() {
        Result.Granted parent = (Result.Granted) core.perform(a, acquire("x", LockMode.CR));
        long child = lock(core.perform(a, under(parent.lock(), "n", LockMode.EX)));
        core.perform(b, new Operation.BreakLock(parent.lock(), parent.token()));
        assertThat(core.effects).contains(new Effect.LockBroken(a, child), new Effect.LockBroken(a, parent.lock()));
        assertThat(core.core.lockCount()).isZero();
    }

    @Test
    void tokenHeldGuard_findsASubLockByItsId_only() {
        long parent = lock(core.perform(a, acquire("x", LockMode.CR)));
        Result.Granted child = (Result.Granted) core.perform(a, under(parent, "n", LockMode.EX));
        assertThat(core.perform(a, guarded(child.lock(), child.token()))).isInstanceOf(Result.Committed.class);
        assertThat(core.perform(a, guarded(0, child.token()))).isInstanceOf(Result.Conflict.class);
        assertThat(core.perform(a, guarded(child.lock(), child.token() - 1))).isInstanceOf(Result.Conflict.class);
        core.perform(a, Asks.release(child.lock()));
        assertThat(core.perform(a, guarded(child.lock(), child.token()))).isInstanceOf(Result.Conflict.class);
    }

    private static Operation guarded(long lock, long token) {
        return new Operation.Commit(new Transaction(
                List.of(new Transaction.Guard.TokenHeld("s", ResourceName.of("n"), new FencingToken(token), lock)),
                List.of(new Transaction.Operation.Put("k", new byte[1]))));
    }
}
