package dev.quoin.dlm.core;

import static dev.quoin.dlm.core.Asks.acquire;
import static dev.quoin.dlm.core.Asks.convert;
import static dev.quoin.dlm.core.Asks.lock;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest.Queue;
import dev.quoin.dlm.api.LockWait;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.ValueBlock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Proves what becomes of two conversions that stand against each other: SS$_DEADLOCK, or CONVDEADLK. */
class ConversionDeadlockTest {

    private final Recorder core = new Recorder(new LockCore(Limits.DEFAULT, true));
    private final long a = core.open("a", false);
    private final long b = core.open("b", false);
    private long ofA;
    private long ofB;
    private long waitsOfA;

    @BeforeEach
    void holdBoth() {
        core.perform(a, new Operation.OpenLockspace("s", SessionEndPolicy.RELEASE));
        ofA = lock(core.perform(a, acquire("r", LockMode.PR)));
        ofB = lock(core.perform(b, acquire("r", LockMode.PR)));
        waitsOfA = core.start(a, convert(ofA, LockMode.EX));
    }

    private Operation demoting(long lock, LockMode mode) {
        return new Operation.Convert(lock, mode, Queue.WAIT, null, 0, true);
    }

    @Test
    void laterConversion_isRefusedAtOnce_andNamesBoth() {
        Result.Deadlock deadlock = (Result.Deadlock) core.perform(b, convert(ofB, LockMode.EX));
        assertThat(deadlock.cycle()).hasSize(2);
        LockWait first = deadlock.cycle().getFirst();
        LockWait second = deadlock.cycle().getLast();
        assertThat(first.waiter().id()).isEqualTo(ofB);
        assertThat(first.waiter().wanted()).isEqualTo(LockMode.EX);
        assertThat(first.blocker().id()).isEqualTo(ofA);
        assertThat(second.waiter().id()).isEqualTo(ofA);
        assertThat(second.blocker().id()).isEqualTo(ofB);
        assertThat(first.toString()).contains("b (session " + b + ")", "waits for EX", "holds PR", "s/r");
        assertThat(core.core.locks.locks.get(ofB).granted).isEqualTo(LockMode.PR);
    }

    @Test
    void laterConversion_withDemotion_letsTheEarlierGo_andIsToldOfItsLoss() {
        long waitsOfB = core.start(b, demoting(ofB, LockMode.EX));
        assertThat(core.effects)
                .anyMatch(e -> e instanceof Effect.Answer(long s, long q, Result.Granted granted)
                        && s == a
                        && q == waitsOfA
                        && !granted.demoted());
        LockState demoted = core.core.locks.locks.get(ofB);
        assertThat(demoted.granted).isEqualTo(LockMode.NL);
        assertThat(demoted.token).as("the old token is worth nothing").isNotEqualTo(2);
        core.start(a, Asks.release(ofA));
        assertThat(core.effects)
                .anyMatch(e -> e instanceof Effect.Answer(long s, long q, Result.Granted granted)
                        && s == b
                        && q == waitsOfB
                        && granted.demoted()
                        && granted.token() > 3);
        assertThat(core.perform(b, convert(ofB, LockMode.PR)))
                .isInstanceOfSatisfying(
                        Result.Granted.class,
                        granted -> assertThat(granted.demoted()).isFalse());
    }

    @Test
    void demotedConversion_cancelled_isLeftInNull() {
        core.start(a, new Operation.Cancel(waitsOfA, false));
        long holder = lock(core.perform(a, acquire("r", LockMode.CR)));
        core.start(a, convert(ofA, LockMode.EX));
        long waitsOfB = core.start(b, demoting(ofB, LockMode.EX));
        core.start(b, new Operation.Cancel(waitsOfB, false));
        assertThat(core.effects).contains(new Effect.Answer(b, waitsOfB, new Result.Cancelled()));
        LockState left = core.core.locks.locks.get(ofB);
        assertThat(left.granted).isEqualTo(LockMode.NL);
        assertThat(left.demoted).isFalse();
        core.start(a, Asks.release(holder));
        assertThat(core.core.locks.locks.get(ofA).granted).isEqualTo(LockMode.EX);
    }

    @Test
    void demotion_leavesTheValueBlockAsItIs() {
        core.start(a, new Operation.Cancel(waitsOfA, false));
        core.perform(b, Asks.release(ofB));
        core.perform(a, convert(ofA, LockMode.PW));
        long other = lock(core.perform(b, acquire("r", LockMode.CR)));
        core.perform(a, new Operation.Convert(ofA, LockMode.PW, Queue.WAIT, ValueBlock.of(new byte[] {9}), 0, false));
        core.start(b, convert(other, LockMode.PR));
        core.start(a, demoting(ofA, LockMode.EX));
        assertThat(core.effects)
                .anyMatch(e -> e instanceof Effect.Answer(long s, long _, Result.Granted granted)
                        && s == b
                        && granted.value().equals(ValueBlock.of(new byte[] {9})));
    }

    @Test
    void conversion_whoseHeldModeSuitsTheOneAhead_waits() {
        long c = core.open("c", false);
        long ofC = lock(core.perform(c, acquire("q", LockMode.NL)));
        long ofA2 = lock(core.perform(a, acquire("q", LockMode.NL)));
        lock(core.perform(b, acquire("q", LockMode.PR)));
        core.start(a, convert(ofA2, LockMode.EX));
        core.start(c, convert(ofC, LockMode.EX));
        assertThat(core.effects).noneMatch(e -> e instanceof Effect.Answer);
    }
}
