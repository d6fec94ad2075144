package dev.quoin.dlm.core;

import static dev.quoin.dlm.core.Asks.acquire;
import static dev.quoin.dlm.core.Asks.lock;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.dlm.api.LockInfo;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest.Queue;
import dev.quoin.dlm.api.LockWait;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Proves which requests are found to wait for each other, whom it costs its request, and that the answer names the whole cycle. */
class DeadlockSearchTest {

    private final Recorder core = new Recorder(new LockCore(Limits.DEFAULT, true));
    private final long a = core.open("a", false);
    private final long b = core.open("b", false);
    private final long c = core.open("c", false);

    @BeforeEach
    void open() {
        core.perform(a, new Operation.OpenLockspace("s", SessionEndPolicy.RELEASE));
        core.perform(a, new Operation.OpenLockspace("t", SessionEndPolicy.HOLD_UNTIL_FENCED));
    }

    private static Operation.Acquire by(long owner, String resource, LockMode mode) {
        return acquire(resource, mode, Queue.WAIT, owner);
    }

    private static Operation.Acquire elsewhere(long owner, String resource) {
        return new Operation.Acquire(1, ResourceName.of(resource), LockMode.EX, Queue.WAIT, true, owner, false, 0);
    }

    private List<Command.BreakDeadlock> suspects() {
        return core.core.suspects(Long.MAX_VALUE);
    }

    private List<LockWait> breakIt() {
        assertThat(suspects()).hasSize(1);
        core.apply(suspects().getFirst());
        for (Effect effect : core.effects) {
            if (effect instanceof Effect.Answer(long _, long _, Result.Deadlock(List<LockWait> cycle))) {
                return cycle;
            }
        }
        throw new AssertionError("nobody was refused: " + core.effects);
    }

    private static List<Long> waiters(List<LockWait> cycle) {
        return cycle.stream().map(wait -> wait.waiter().id()).toList();
    }

    @Test
    void threeOwners_overTwoLockspaces_lastToWaitIsRefused_andIsToldTheWholeCycle() {
        lock(core.perform(a, by(1, "x", LockMode.EX)));
        lock(core.perform(b, by(1, "y", LockMode.EX)));
        lock(core.perform(c, elsewhere(1, "z")));
        core.start(a, by(1, "y", LockMode.PR));
        core.start(b, elsewhere(1, "z"));
        assertThat(suspects()).isEmpty();
        long last = core.start(c, by(1, "x", LockMode.CR));
        List<LockWait> cycle = breakIt();
        assertThat(core.effects)
                .anyMatch(e -> e instanceof Effect.Answer(long s, long q, Result.Deadlock _) && s == c && q == last);
        assertThat(cycle).extracting(wait -> wait.waiter().node()).containsExactly("c", "a", "b");
        assertThat(cycle).extracting(wait -> wait.blocker().node()).containsExactly("a", "b", "c");
        assertThat(cycle).extracting(wait -> wait.blocker().path()).containsExactly("s/x", "s/y", "t/z");
        assertThat(cycle.getFirst().waiter().wanted()).isEqualTo(LockMode.CR);
        assertThat(cycle.getFirst().toString()).contains("c (session " + c + ") waits for CR on s/x", "holds EX");
        assertThat(suspects()).isEmpty();
    }

    @Test
    void victim_refused_letsTheOthersGoOn() {
        lock(core.perform(a, by(1, "x", LockMode.EX)));
        long held = lock(core.perform(b, by(1, "y", LockMode.EX)));
        long waits = core.start(a, by(1, "y", LockMode.EX));
        core.start(b, by(1, "x", LockMode.EX));
        breakIt();
        core.start(b, Asks.release(held));
        assertThat(core.effects)
                .anyMatch(e -> e instanceof Effect.Answer(long s, long q, Result.Granted _) && s == a && q == waits);
    }

    @Test
    void noOwner_endsThePath_forItIsGivenUpWhenAskedFor() {
        lock(core.perform(a, by(0, "x", LockMode.EX)));
        lock(core.perform(b, by(1, "y", LockMode.EX)));
        core.start(a, by(0, "y", LockMode.EX));
        core.start(b, by(1, "x", LockMode.EX));
        assertThat(suspects()).isEmpty();
    }

    @Test
    void twoOwnersOfOneSession_areTwo() {
        lock(core.perform(a, by(1, "x", LockMode.EX)));
        lock(core.perform(a, by(2, "y", LockMode.EX)));
        core.start(a, by(1, "y", LockMode.EX));
        assertThat(suspects()).isEmpty();
        core.start(a, by(2, "x", LockMode.EX));
        assertThat(breakIt()).hasSize(2);
    }

    @Test
    void owner_thatWaitsForItself_isACycleOfOne() {
        lock(core.perform(a, by(1, "x", LockMode.EX)));
        core.start(a, by(1, "x", LockMode.EX));
        assertThat(breakIt()).hasSize(1);
    }

    @Test
    void requestAhead_thatIsNotGranted_blocksByTheOrderOfTheQueue() {
        lock(core.perform(a, by(1, "x", LockMode.PR)));
        lock(core.perform(c, by(1, "y", LockMode.EX)));
        core.start(b, by(1, "x", LockMode.EX));
        core.start(c, by(1, "x", LockMode.PR));
        core.start(a, by(1, "y", LockMode.EX));
        List<LockWait> cycle = breakIt();
        assertThat(cycle).extracting(wait -> wait.waiter().node()).containsExactly("a", "c", "b");
    }

    @Test
    void proposal_thatCameTooLate_doesNothing() {
        long held = lock(core.perform(a, by(1, "x", LockMode.EX)));
        lock(core.perform(b, by(1, "y", LockMode.EX)));
        core.start(a, by(1, "y", LockMode.EX));
        core.start(b, by(1, "x", LockMode.EX));
        Command.BreakDeadlock proposal = suspects().getFirst();
        core.apply(new Command.BreakDeadlock(proposal.lock(), proposal.ticket() + 1));
        assertThat(core.effects).isEmpty();
        core.start(a, Asks.release(held));
        core.apply(proposal);
        assertThat(core.effects).isEmpty();
        core.apply(new Command.BreakDeadlock(99, 1));
        assertThat(core.effects).isEmpty();
    }

    @Test
    void twoCycles_areBrokenOneByOne_eachOnce() {
        for (String name : List.of("x", "y")) {
            lock(core.perform(a, by(name.charAt(0), name + 1, LockMode.EX)));
            lock(core.perform(b, by(name.charAt(0), name + 2, LockMode.EX)));
            core.start(a, by(name.charAt(0), name + 2, LockMode.EX));
            core.start(b, by(name.charAt(0), name + 1, LockMode.EX));
        }
        List<Command.BreakDeadlock> both = suspects();
        assertThat(both).hasSize(2);
        Result.Deadlocks listed = (Result.Deadlocks) core.perform(c, new Operation.FindDeadlocks());
        assertThat(listed.cycles()).hasSize(2).allMatch(cycle -> cycle.size() == 2);
        both.forEach(core::apply);
        assertThat(suspects()).isEmpty();
        both.forEach(core::apply);
        assertThat(core.effects).isEmpty();
    }

    @Test
    void suspects_areOnlyThoseThatWaitedLongEnough() {
        LockCore timed = core.core;
        lock(core.perform(a, by(1, "x", LockMode.EX)));
        lock(core.perform(b, by(1, "y", LockMode.EX)));
        timed.apply(new Command.Perform(a, 4, by(1, "y", LockMode.EX)), 5_000, EffectSink.NONE);
        timed.apply(new Command.Perform(b, 2, by(1, "x", LockMode.EX)), 6_000, EffectSink.NONE);
        assertThat(timed.suspects(4_999)).isEmpty();
        assertThat(timed.suspects(5_000)).hasSize(1);
        assertThat(timed.suspects(6_000, 1_001)).isEmpty();
        assertThat(timed.suspects(6_000, 1_000)).hasSize(1);
        assertThat(timed.suspects(10, 1_000))
                .as("by a leader whose clock is behind")
                .hasSize(1);
    }

    @Test
    void waits_areListed_withSinceAndState() {
        lock(core.perform(a, by(7, "x", LockMode.EX)));
        core.start(b, by(8, "x", LockMode.PR));
        core.start(c, by(9, "x", LockMode.PR));
        Result.Waits all = (Result.Waits) core.perform(a, new Operation.ListWaits(""));
        assertThat(waiters(all.waits())).containsExactly(2L, 3L, 3L);
        LockInfo blocker = all.waits().getFirst().blocker();
        assertThat(blocker.owner().id()).isEqualTo(7);
        assertThat(blocker.state()).isEqualTo(LockInfo.State.ALIVE);
        assertThat(blocker.since().toEpochMilli()).isEqualTo(1);
        assertThat(((Result.Waits) core.perform(a, new Operation.ListWaits("t"))).waits())
                .isEmpty();
    }

    /** Nobody in a long line is in a cycle; then its first closes one with its last. */
    @Test
    void longLine_isSearchedWhole_andTheCycleThroughItFound() {
        int line = 20_000;
        lock(core.perform(a, by(1, "x", LockMode.EX)));
        for (int i = 0; i < line; i++) {
            core.start(b, by(2 + i, "x", LockMode.EX));
        }
        assertThat(suspects()).isEmpty();
        lock(core.perform(b, by(2 + line, "y", LockMode.EX)));
        core.start(b, by(2 + line, "x", LockMode.EX));
        core.start(a, by(1, "y", LockMode.EX));
        assertThat(suspects()).hasSize(1);
        core.apply(suspects().getFirst());
        assertThat(suspects()).isEmpty();
    }

    /** A thousand readers and a line of writers are a million edges; they are not looked at one by one. */
    @Test
    void manyHolders_andALongLine_areSearched_andTheAnswerIsShort() {
        int many = 1_000;
        for (int i = 0; i < many; i++) {
            core.start(c, by(0, "x", LockMode.PR));
        }
        lock(core.perform(a, by(1, "x", LockMode.PR)));
        for (int i = 0; i < many; i++) {
            core.start(c, by(0, "x", LockMode.EX));
        }
        lock(core.perform(b, by(1, "y", LockMode.EX)));
        core.start(b, by(1, "x", LockMode.EX));
        core.start(a, by(1, "y", LockMode.EX));
        assertThat(breakIt()).extracting(wait -> wait.waiter().node()).containsExactly("a", "b");
    }

    /** More requests than one scan looks at wait before those that are in a deadlock. */
    @Test
    void scan_thatComesToItsLimit_isGoneOnWithByTheNext() {
        for (int i = 0; i < WaitGraph.EDGES_MAX / 2; i++) {
            core.start(c, by(0, "x" + i, LockMode.EX));
            core.start(c, by(0, "x" + i, LockMode.EX));
            core.apply(new Command.Acknowledge(c, 2L * i, new long[0]));
        }
        lock(core.perform(a, by(1, "y", LockMode.EX)));
        lock(core.perform(b, by(1, "z", LockMode.EX)));
        core.start(a, by(1, "z", LockMode.EX));
        core.start(b, by(1, "y", LockMode.EX));
        int scans = 1;
        while (suspects().isEmpty()) {
            scans++;
            assertThat(scans).isLessThan(5);
        }
        assertThat(scans).isGreaterThan(1);
    }
}
