package dev.quoin.dlm.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.dlm.api.ByteRange;
import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.LockOwner;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.LockWait;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.RangeLocks;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proves that three peers end deadlocks between their clients in bounded time, also when the leader that would have looked is gone. */
class ClusterDeadlockTest {

    private static final ResourceName X = ResourceName.of("x");
    private static final ResourceName Y = ResourceName.of("y");
    private static final LockOwner ONE = new LockOwner(1);

    @TempDir
    private Path dir;

    private Cluster cluster;
    private LockClient a;
    private LockClient b;
    private Lockspace here;
    private Lockspace there;

    @BeforeEach
    void start() throws Exception {
        cluster = new Cluster(dir, 3).startAll();
        cluster.awaitLeader();
        a = cluster.connect("a");
        b = cluster.connect("b");
        here = a.lockspace("here", SessionEndPolicy.RELEASE);
        there = b.lockspace("there", SessionEndPolicy.RELEASE);
    }

    @AfterEach
    void stop() {
        a.close();
        b.close();
        cluster.close();
    }

    private static LockRequest exclusive() {
        return LockRequest.of(LockMode.EX).owner(ONE);
    }

    private static Held held(LockOutcome outcome) {
        assertThat(outcome).isInstanceOf(LockOutcome.Granted.class);
        return ((LockOutcome.Granted) outcome).held();
    }

    private static <T> T soon(CompletableFuture<T> future) throws Exception {
        return future.get(30, TimeUnit.SECONDS);
    }

    @Test
    void cycleOverTwoLockspaces_isEnded_andNamedWhole() throws Exception {
        Held ofA = held(here.acquire(X, exclusive()));
        Held ofB = held(there.acquire(Y, exclusive()));
        Lockspace thereOfA = a.lockspace("there", SessionEndPolicy.RELEASE);
        Lockspace hereOfB = b.lockspace("here", SessionEndPolicy.RELEASE);
        CompletableFuture<LockOutcome> waitsOfA = thereOfA.acquireAsync(Y, exclusive());
        assertThat(a.deadlocks()).isEmpty();
        long before = System.nanoTime();
        CompletableFuture<LockOutcome> waitsOfB = hereOfB.acquireAsync(X, exclusive());
        LockOutcome.Deadlock deadlock = (LockOutcome.Deadlock) soon(waitsOfB);
        assertThat(Duration.ofNanos(System.nanoTime() - before))
                .as("one second of waiting first")
                .isGreaterThan(Duration.ofMillis(900));
        List<LockWait> cycle = deadlock.cycle();
        assertThat(cycle).extracting(wait -> wait.waiter().node()).containsExactly("b", "a");
        assertThat(cycle).extracting(wait -> wait.blocker().path()).containsExactly("here/x", "there/y");
        assertThat(cycle.getFirst().blocker().token()).isEqualTo(ofA.token());
        assertThat(waitsOfA).isNotDone();
        soon(ofB.releaseAsync(null));
        held(soon(waitsOfA));
    }

    @Test
    void cycle_whoseLeaderStops_isEndedByTheNext() throws Exception {
        held(here.acquire(X, exclusive()));
        held(there.acquire(Y, exclusive()));
        CompletableFuture<LockOutcome> waitsOfA =
                a.lockspace("there", SessionEndPolicy.RELEASE).acquireAsync(Y, exclusive());
        CompletableFuture<LockOutcome> waitsOfB =
                b.lockspace("here", SessionEndPolicy.RELEASE).acquireAsync(X, exclusive());
        cluster.stop(cluster.awaitLeader().id());
        LockOutcome first = (LockOutcome) soon(CompletableFuture.anyOf(waitsOfA, waitsOfB));
        assertThat(first).isInstanceOf(LockOutcome.Deadlock.class);
        assertThat(((LockOutcome.Deadlock) first).cycle()).hasSize(2);
    }

    @Test
    void cycleOfRanges_isRefusedAtOnce() throws Exception {
        RangeLocks xOfA = here.ranges(X);
        RangeLocks yOfA = here.ranges(Y);
        Lockspace hereOfB = b.lockspace("here", SessionEndPolicy.RELEASE);
        ByteRange part = new ByteRange(5, 9);
        assertThat(xOfA.lock(ONE, ByteRange.ALL, RangeLocks.Kind.WRITE, null))
                .isInstanceOf(RangeLocks.Outcome.Granted.class);
        assertThat(hereOfB.ranges(Y).lock(ONE, part, RangeLocks.Kind.READ, null))
                .isInstanceOf(RangeLocks.Outcome.Granted.class);
        CompletableFuture<RangeLocks.Outcome> waits = yOfA.lockAsync(ONE, part, RangeLocks.Kind.WRITE, null);
        assertThat(xOfA.list()).hasSize(1);
        assertThat(hereOfB.ranges(X).lock(ONE, part, RangeLocks.Kind.READ, null))
                .isInstanceOfSatisfying(
                        RangeLocks.Outcome.Deadlock.class,
                        deadlock -> assertThat(deadlock.cycle())
                                .extracting(RangeLocks.RangeInfo::node)
                                .containsExactly("a", "b"));
        soon(hereOfB.ranges(Y).unlockAsync(ONE, part));
        assertThat(soon(waits)).isInstanceOf(RangeLocks.Outcome.Granted.class);
    }
}
