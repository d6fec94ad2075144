package dev.quoin.dlm.client.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockInfo;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.ValueBlock;
import dev.quoin.dlm.server.LocalLocks;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Proves each rule of the cache by itself: what stays, what is shared, what is given up when, and what becomes of it at the end. */
class NodeLockCacheTest {

    private static final ResourceName R = ResourceName.of("r");
    private static final CacheOptions AT_ONCE = CacheOptions.DEFAULT.minimumHold(Duration.ZERO);

    private final LocalLocks locks = LocalLocks.create();
    private final LockClient a = locks.connect("a");
    private final LockClient b = locks.connect("b");
    private final List<NodeLockCache> caches = new ArrayList<>();

    @AfterEach
    void close() {
        caches.forEach(NodeLockCache::close);
        locks.close();
    }

    private static Lockspace space(LockClient client) throws IOException {
        return client.lockspace("s", SessionEndPolicy.RELEASE);
    }

    private NodeLockCache cache(LockClient client, CacheOptions options, CacheOwner owner) throws IOException {
        NodeLockCache cache = new NodeLockCache(space(client), options, owner);
        caches.add(cache);
        return cache;
    }

    private NodeLockCache cache(LockClient client) throws IOException {
        return cache(client, AT_ONCE, CacheOwner.NONE);
    }

    private List<LockInfo> seen() throws IOException {
        return space(a).locks(new byte[0]);
    }

    private void awaitHeld(LockMode... modes) {
        await().untilAsserted(() -> assertThat(seen())
                .filteredOn(lock -> lock.wanted() == null)
                .extracting(LockInfo::granted)
                .containsExactlyInAnyOrder(modes));
    }

    @Test
    void lock_releasedByItsThread_staysWithTheNodeUnderOneToken() throws Exception {
        NodeLockCache cache = cache(a);
        LocalHold first = cache.acquire(R, LockMode.EX).orThrow();
        assertThat(first.isValidFor(Duration.ofDays(1))).isTrue();
        first.close();
        first.close();
        assertThat(first.isValidFor(Duration.ZERO)).isFalse();
        for (LockMode mode : LockMode.values()) {
            try (LocalHold again = cache.tryAcquire(R, mode)) {
                assertThat(again.token()).isEqualTo(first.token());
                assertThat(again.mode()).isEqualTo(mode);
            }
        }
        assertThat(seen()).extracting(LockInfo::granted).containsExactly(LockMode.EX);
    }

    @Test
    void threads_ofModesThatFit_shareAndOthersWaitInOrder() throws Exception {
        NodeLockCache cache = cache(a);
        LocalHold reader = cache.acquire(R, LockMode.PR).orThrow();
        LocalHold other = cache.acquire(R, LockMode.CR).orThrow();
        CompletableFuture<CacheOutcome> writer = cache.acquireAsync(R, LockMode.EX);
        CompletableFuture<CacheOutcome> late = cache.acquireAsync(R, LockMode.PR);
        reader.close();
        assertThat(writer).isNotDone();
        assertThat(late).isNotDone();
        other.close();
        LocalHold written = writer.join().orThrow();
        assertThat(late).isNotDone();
        assertThat(written.token()).isGreaterThan(reader.token());
        written.close();
        late.join().orThrow().close();
    }

    @Test
    void threads_onTwoNodes_passALockToAndFro() throws Exception {
        NodeLockCache first = cache(a);
        NodeLockCache second = cache(b);
        LocalHold held = first.acquire(R, LockMode.EX).orThrow();
        CompletableFuture<CacheOutcome> asked = second.acquireAsync(R, LockMode.PR);
        // What others ask for while a thread is in is remembered until it leaves.
        await().until(() -> first.tryAcquire(R, LockMode.NL) == null);
        assertThat(asked).isNotDone();
        held.close();
        asked.join().orThrow().close();
        awaitHeld(LockMode.PR, LockMode.PR);
        first.acquire(R, LockMode.PW).orThrow().close();
        second.acquire(R, LockMode.EX).orThrow().close();
        awaitHeld(LockMode.EX);
    }

    @Test
    void strongerMode_thatBothNodesWantOverReads_isGivenToOneAfterTheOther() throws Exception {
        NodeLockCache first = cache(a);
        NodeLockCache second = cache(b);
        for (int i = 0; i < 50; i++) {
            first.acquire(R, LockMode.PR).orThrow().close();
            second.acquire(R, LockMode.PR).orThrow().close();
            CompletableFuture<CacheOutcome> one = first.acquireAsync(R, LockMode.EX);
            CompletableFuture<CacheOutcome> two = second.acquireAsync(R, LockMode.EX);
            CompletableFuture.allOf(
                            one.thenAccept(hold -> ((LocalHold) hold).close()),
                            two.thenAccept(hold -> ((LocalHold) hold).close()))
                    .join();
        }
    }

    @Test
    void threadsInAWeakerMode_letTheNodeGiveWayAtOnce() throws Exception {
        NodeLockCache first = cache(a);
        LocalHold weak = first.acquire(R, LockMode.CR).orThrow();
        first.acquire(R, LockMode.PR).orThrow().close();
        awaitHeld(LockMode.PR);
        cache(b).acquire(R, LockMode.PW).orThrow().close();
        assertThat(weak.isValidFor(Duration.ZERO)).isTrue();
        awaitHeld(LockMode.CR, LockMode.PW);
        weak.close();
    }

    @Test
    void minimumHold_keepsTheLockWhileThereIsWork_andNoLonger() throws Exception {
        NodeLockCache first = cache(a, CacheOptions.DEFAULT.minimumHold(Duration.ofMillis(300)), CacheOwner.NONE);
        NodeLockCache second = cache(b);
        first.acquire(R, LockMode.EX).orThrow().close();
        long from = System.nanoTime();
        CompletableFuture<CacheOutcome> asked = second.acquireAsync(R, LockMode.EX);
        AtomicInteger rounds = new AtomicInteger();
        Thread busy = Thread.ofVirtual().start(() -> {
            while (!asked.isDone()) {
                LocalHold hold = first.tryAcquire(R, LockMode.EX);
                if (hold != null) {
                    rounds.incrementAndGet();
                    hold.close();
                }
            }
        });
        asked.join().orThrow().close();
        assertThat(Duration.ofNanos(System.nanoTime() - from)).isGreaterThan(Duration.ofMillis(250));
        busy.join();
        assertThat(rounds).hasValueGreaterThan(100);
    }

    @Test
    void owner_isToldOfEveryChange_andItsValueIsHandedOn() throws Exception {
        List<String> told = new CopyOnWriteArrayList<>();
        CountDownLatch flushed = new CountDownLatch(1);
        CacheOwner slow = new CacheOwner() {
            @Override
            public void granted(ResourceName resource, @Nullable LockMode from, LockMode to, ValueBlock value) {
                told.add("+" + from + " " + to);
            }

            @Override
            public ValueBlock beforeGiveUp(ResourceName resource, LockMode from, @Nullable LockMode to)
                    throws Exception {
                told.add("-" + from + " " + to);
                flushed.await();
                return ValueBlock.of(new byte[] {42});
            }
        };
        NodeLockCache first = cache(a, AT_ONCE, slow);
        first.acquire(R, LockMode.PR).orThrow().close();
        first.acquire(R, LockMode.EX).orThrow().close();
        CompletableFuture<CacheOutcome> asked = cache(b).acquireAsync(R, LockMode.PR);
        await().until(() -> told.contains("-EX PR"));
        assertThat(asked).isNotDone();
        flushed.countDown();
        LocalHold read = asked.join().orThrow();
        assertThat(read.value()).isEqualTo(ValueBlock.of(new byte[] {42}));
        assertThat(told).containsExactly("+null PR", "+PR EX", "-EX PR");
    }

    @Test
    void owner_thatCannotGiveUp_keepsTheLockUntilItCan() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        CacheOwner failing = new CacheOwner() {
            @Override
            public @Nullable ValueBlock beforeGiveUp(ResourceName resource, LockMode from, @Nullable LockMode to)
                    throws IOException {
                if (tries.incrementAndGet() < 3) {
                    throw new IOException("the device does not answer");
                }
                return null;
            }
        };
        NodeLockCache first = cache(a, AT_ONCE, failing);
        first.acquire(R, LockMode.EX).orThrow().close();
        cache(b).acquire(R, LockMode.EX).orThrow().close();
        assertThat(tries).hasValue(3);
    }

    @Test
    void wait_beyondItsLimit_endsAndTakesItsRequestBack() throws Exception {
        LocalHold held = cache(b).acquire(R, LockMode.PR).orThrow();
        NodeLockCache first = cache(a);
        assertThat(first.acquire(R, LockMode.EX, Duration.ofMillis(50)))
                .isEqualTo(new CacheOutcome.NotHeld(new LockOutcome.TimedOut()));
        // The request for EX no longer stands in the way of one that can be granted.
        first.acquire(R, LockMode.PR).orThrow().close();
        CompletableFuture<CacheOutcome> cancelled = first.acquireAsync(R, LockMode.EX);
        cancelled.cancel(false);
        AtomicReference<CacheOutcome> outcome = new AtomicReference<>();
        AtomicBoolean kept = new AtomicBoolean();
        Thread thread = Thread.ofVirtual().start(() -> {
            outcome.set(first.acquire(R, LockMode.EX));
            kept.set(Thread.currentThread().isInterrupted());
        });
        await().until(() -> seen().stream().anyMatch(lock -> lock.wanted() == LockMode.EX));
        thread.interrupt();
        thread.join();
        assertThat(outcome.get()).isEqualTo(new CacheOutcome.NotHeld(new LockOutcome.Cancelled()));
        assertThat(kept).isTrue();
        await().until(() -> seen().stream().noneMatch(lock -> lock.wanted() != null));
        held.close();
        first.acquire(R, LockMode.EX).orThrow().close();
    }

    @Test
    void session_lost_endsAllHoldsAndLaterRequests() throws Exception {
        NodeLockCache cache = cache(a);
        LocalHold hold = cache.acquire(R, LockMode.PR).orThrow();
        LocalHold left = cache.acquire(R, LockMode.PR).orThrow();
        CompletableFuture<Boolean> told = new CompletableFuture<>();
        AtomicBoolean toldOfLeft = new AtomicBoolean();
        hold.onLost(() -> told.complete(true));
        left.onLost(() -> toldOfLeft.set(true));
        left.close();
        CompletableFuture<CacheOutcome> waiting = cache.acquireAsync(R, LockMode.EX);
        locks.kill(a);
        assertThat(told.join()).isTrue();
        assertThat(hold.isValidFor(Duration.ZERO)).isFalse();
        assertThat(waiting.join())
                .isInstanceOfSatisfying(
                        CacheOutcome.NotHeld.class,
                        not -> assertThat(not.why()).isInstanceOf(LockOutcome.SessionLost.class));
        assertThat(cache.tryAcquire(R, LockMode.PR)).isNull();
        assertThat(cache.acquire(R, LockMode.PR))
                .isInstanceOfSatisfying(
                        CacheOutcome.NotHeld.class,
                        not -> assertThat(not.why()).isInstanceOf(LockOutcome.SessionLost.class));
        assertThat(toldOfLeft).isFalse();
        CompletableFuture<Boolean> late = new CompletableFuture<>();
        hold.onLost(() -> late.complete(true));
        assertThat(late.join()).isTrue();
        hold.close();
        await().until(() -> cache.size() == 0);
    }

    @Test
    void lock_brokenByAnOperator_isLostAndCanBeTakenAgain() throws Exception {
        NodeLockCache cache = cache(a);
        LocalHold hold = cache.acquire(R, LockMode.EX).orThrow();
        CompletableFuture<Boolean> told = new CompletableFuture<>();
        hold.onLost(() -> told.complete(true));
        b.breakLock(hold.nodeLock().id(), hold.token());
        assertThat(told.join()).isTrue();
        LocalHold again = cache.acquire(R, LockMode.EX).orThrow();
        assertThat(again.token()).isGreaterThan(hold.token());
        hold.close();
        assertThat(again.isValidFor(Duration.ZERO)).isTrue();
        again.close();
    }

    @Test
    void locks_beyondTheLimitOrIdle_areGivenUpOldestFirst() throws Exception {
        NodeLockCache cache = cache(a, AT_ONCE.keptMax(20), CacheOwner.NONE);
        LocalHold used = cache.acquire(ResourceName.of("used"), LockMode.EX).orThrow();
        for (int i = 0; i < 40; i++) {
            cache.acquire(ResourceName.of("r" + i), LockMode.EX).orThrow().close();
            await().pollInterval(Duration.ofMillis(1)).until(() -> cache.size() <= 20);
        }
        try (LocalHold youngest = cache.tryAcquire(ResourceName.of("r39"), LockMode.EX)) {
            assertThat(youngest).isNotNull();
        }
        assertThat(cache.tryAcquire(ResourceName.of("r0"), LockMode.EX)).isNull();
        assertThat(used.isValidFor(Duration.ZERO)).isTrue();
        await().untilAsserted(() -> assertThat(seen()).hasSize(cache.size()));

        NodeLockCache idle = cache(b, AT_ONCE.idle(Duration.ofMillis(40)), CacheOwner.NONE);
        idle.acquire(R, LockMode.EX).orThrow().close();
        await().until(() -> idle.size() == 0);
        used.close();
    }

    @Test
    void close_givesUpWhatIsUnusedAndWaitsForThreadsToLeave() throws Exception {
        Map<String, Boolean> given = new ConcurrentHashMap<>();
        NodeLockCache cache = cache(a, AT_ONCE, new CacheOwner() {
            @Override
            public @Nullable ValueBlock beforeGiveUp(ResourceName resource, LockMode from, @Nullable LockMode to) {
                given.put(resource.toString(), to == null);
                return null;
            }
        });
        LocalHold hold = cache.acquire(R, LockMode.NL).orThrow();
        cache.acquire(ResourceName.of("other"), LockMode.EX).orThrow().close();
        CompletableFuture<Void> closed = CompletableFuture.runAsync(cache::close, Thread::startVirtualThread);
        await().until(() -> given.containsKey("other"));
        assertThat(closed).isNotDone();
        assertThat(cache.acquire(R, LockMode.NL)).isEqualTo(new CacheOutcome.NotHeld(new LockOutcome.Cancelled()));
        hold.close();
        closed.join();
        assertThat(given).containsOnlyKeys("r", "other").doesNotContainValue(false);
        await().untilAsserted(() -> assertThat(seen()).isEmpty());
    }
}
