package dev.quoin.dlm.client.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quoin.dlm.api.FencingToken;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.ValueBlock;
import dev.quoin.dlm.server.LocalLocks;
import dev.quoin.property.Property;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Proves that whatever many threads of several nodes do at once, no two of them hold incompatible modes, none is forgotten, tokens rise, and
 * what one node leaves in a value block the next one finds.
 */
class CacheStormTest {

    private static final LockMode[] MODES = LockMode.values();

    /** One resource as all nodes together see it: who is in. Guarded by itself. */
    private static final class Truth {
        private final Map<LockMode, Integer> in = new EnumMap<>(LockMode.class);
        private long highest;
        private long counter;

        synchronized void enter(LockMode mode, FencingToken token) {
            in.forEach((other, count) -> {
                if (count > 0 && !mode.isCompatibleWith(other)) {
                    throw new AssertionError(mode + " let in beside " + other);
                }
            });
            in.merge(mode, 1, Integer::sum);
            if (mode == LockMode.EX) {
                if (token.value() < highest) {
                    throw new AssertionError("token " + token + " after " + highest);
                }
                highest = token.value();
                counter++;
            }
        }

        synchronized void leave(LockMode mode) {
            in.merge(mode, -1, Integer::sum);
        }
    }

    /** What a node keeps under one lock: the value block as it should be left. */
    private static final class Kept implements CacheOwner {
        private final Map<ResourceName, Long> values = new ConcurrentHashMap<>();

        @Override
        public void granted(ResourceName resource, @Nullable LockMode from, LockMode to, ValueBlock value) {
            if (from == null || from == LockMode.NL) {
                byte[] bytes = value.bytes();
                values.put(
                        resource,
                        bytes.length == 0 ? 0L : ByteBuffer.wrap(bytes).getLong());
            }
        }

        @Override
        public ValueBlock beforeGiveUp(ResourceName resource, LockMode from, @Nullable LockMode to) {
            return ValueBlock.of(ByteBuffer.allocate(Long.BYTES)
                    .putLong(values.getOrDefault(resource, 0L))
                    .array());
        }
    }

    @Test
    void threadsOfThreeNodes_neverHoldWhatDoesNotFit() {
        Property.forAll(12, this::storm);
    }

    private void storm(RandomGenerator random) throws Exception {
        int resources = 1 + random.nextInt(4);
        CacheOptions options = CacheOptions.DEFAULT
                .minimumHold(Duration.ofMillis(random.nextInt(3)))
                .keptMax(1 + random.nextInt(4))
                .idle(Duration.ofMillis(1 + random.nextInt(200)));
        Map<ResourceName, Truth> truths = new ConcurrentHashMap<>();
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        AtomicInteger rounds = new AtomicInteger();
        try (LocalLocks locks = LocalLocks.create()) {
            List<NodeLockCache> caches = new ArrayList<>();
            List<Thread> threads = new ArrayList<>();
            for (int n = 0; n < 3; n++) {
                LockClient client = locks.connect("node" + n);
                Lockspace space = client.lockspace("s", SessionEndPolicy.RELEASE);
                NodeLockCache cache = new NodeLockCache(space, options, CacheOwner.NONE);
                caches.add(cache);
                for (int t = 0; t < 8; t++) {
                    RandomGenerator own = Property.random(random.nextLong());
                    threads.add(Thread.ofVirtual().start(() -> {
                        try {
                            for (int i = 0; i < 150; i++) {
                                ResourceName resource = ResourceName.of("r" + own.nextInt(resources));
                                round(cache, resource, truths.computeIfAbsent(resource, r -> new Truth()), own);
                                rounds.incrementAndGet();
                            }
                        } catch (Exception | AssertionError unexpected) {
                            failure.compareAndSet(null, unexpected);
                        }
                    }));
                }
            }
            for (Thread thread : threads) {
                // Nobody is forgotten.
                assertThat(thread.join(Duration.ofSeconds(60))).isTrue();
            }
            assertThat(failure.get()).isNull();
            assertThat(rounds).hasValue(3 * 8 * 150);
            caches.forEach(NodeLockCache::close);
            try (LockClient observer = locks.connect("observer")) {
                Lockspace space = observer.lockspace("s", SessionEndPolicy.RELEASE);
                await().untilAsserted(() -> assertThat(space.locks(new byte[0])).isEmpty());
            }
        }
    }

    private static void round(NodeLockCache cache, ResourceName resource, Truth truth, RandomGenerator random)
            throws Exception {
        LockMode mode = MODES[random.nextInt(MODES.length)];
        CacheOutcome outcome = switch (random.nextInt(4)) {
            case 0 -> cache.acquire(resource, mode, Duration.ofNanos(1 + random.nextInt(2_000_000)));
            case 1 -> {
                var future = cache.acquireAsync(resource, mode);
                if (random.nextBoolean()) {
                    future.cancel(false);
                }
                yield future.isCancelled() ? null : future.join();
            }
            default -> cache.acquire(resource, mode);
        };
        if (outcome instanceof LocalHold hold) {
            truth.enter(mode, hold.token());
            for (int i = random.nextInt(3); i > 0; i--) {
                LockSupport.parkNanos(1);
            }
            truth.leave(mode);
            hold.close();
        }
    }

    @Test
    void valueBlocks_goFromNodeToNode() throws Exception {
        ResourceName resource = ResourceName.of("counter");
        Truth truth = new Truth();
        try (LocalLocks locks = LocalLocks.create()) {
            // The value lives as long as somebody holds the resource.
            locks.connect("anchor")
                    .lockspace("s", SessionEndPolicy.RELEASE)
                    .acquire(resource, LockRequest.of(LockMode.NL))
                    .orThrow();
            List<Thread> threads = new ArrayList<>();
            AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
            for (int n = 0; n < 3; n++) {
                Lockspace space = locks.connect("node" + n).lockspace("s", SessionEndPolicy.RELEASE);
                Kept kept = new Kept();
                NodeLockCache cache =
                        new NodeLockCache(space, CacheOptions.DEFAULT.minimumHold(Duration.ofMillis(1)), kept);
                for (int t = 0; t < 4; t++) {
                    threads.add(Thread.ofVirtual().start(() -> {
                        try {
                            for (int i = 0; i < 200; i++) {
                                try (LocalHold hold =
                                        cache.acquire(resource, LockMode.EX).orThrow()) {
                                    truth.enter(LockMode.EX, hold.token());
                                    long next = kept.values.merge(resource, 1L, Long::sum);
                                    if (next != truth.counter) {
                                        throw new AssertionError(next + " counted, " + truth.counter + " expected");
                                    }
                                    truth.leave(LockMode.EX);
                                }
                            }
                        } catch (Exception | AssertionError unexpected) {
                            failure.compareAndSet(null, unexpected);
                        }
                    }));
                }
            }
            for (Thread thread : threads) {
                assertThat(thread.join(Duration.ofSeconds(60))).isTrue();
            }
            assertThat(failure.get()).isNull();
            assertThat(truth.counter).isEqualTo(3 * 4 * 200);
        }
    }

    @Test
    void remoteWaiter_behindNodesThatNeverRest_isServedInTime() throws Exception {
        ResourceName resource = ResourceName.of("r");
        try (LocalLocks locks = LocalLocks.create()) {
            List<Thread> busy = new ArrayList<>();
            AtomicBoolean stop = new AtomicBoolean();
            for (int n = 0; n < 2; n++) {
                Lockspace space = locks.connect("busy" + n).lockspace("s", SessionEndPolicy.RELEASE);
                NodeLockCache cache = new NodeLockCache(
                        space, CacheOptions.DEFAULT.minimumHold(Duration.ofMillis(2)), CacheOwner.NONE);
                for (int t = 0; t < 8; t++) {
                    LockMode mode = t % 2 == 0 ? LockMode.EX : LockMode.PR;
                    busy.add(Thread.ofVirtual().start(() -> {
                        while (!stop.get()) {
                            if (cache.acquire(resource, mode) instanceof LocalHold hold) {
                                LockSupport.parkNanos(1);
                                hold.close();
                            }
                        }
                    }));
                }
            }
            Lockspace space = locks.connect("remote").lockspace("s", SessionEndPolicy.RELEASE);
            NodeLockCache remote = new NodeLockCache(space, CacheOptions.DEFAULT, CacheOwner.NONE);
            long worst = 0;
            for (int i = 0; i < 100; i++) {
                long from = System.nanoTime();
                remote.acquire(resource, LockMode.EX).orThrow().close();
                worst = Math.max(worst, System.nanoTime() - from);
            }
            stop.set(true);
            for (Thread thread : busy) {
                thread.join();
            }
            // Two nodes before it, a minimum hold each; the rest is room for a busy machine.
            assertThat(worst).isLessThan(TimeUnit.SECONDS.toNanos(5));
        }
    }

    @Test
    void hitPath_underContention_losesNoCountAndNoWakeUp() throws Exception {
        ResourceName resource = ResourceName.of("r");
        try (LocalLocks locks = LocalLocks.create()) {
            Lockspace space = locks.connect("node").lockspace("s", SessionEndPolicy.RELEASE);
            NodeLockCache cache = new NodeLockCache(space, CacheOptions.DEFAULT, CacheOwner.NONE);
            long[] plain = new long[1];
            int threadsCount = 4;
            int each = 200_000;
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < threadsCount; t++) {
                threads.add(Thread.ofPlatform().start(() -> {
                    for (int i = 0; i < each; i++) {
                        LocalHold hold = cache.tryAcquire(resource, LockMode.EX);
                        if (hold == null) {
                            hold = (LocalHold) cache.acquire(resource, LockMode.EX);
                        }
                        plain[0]++;
                        hold.close();
                    }
                }));
            }
            for (Thread thread : threads) {
                assertThat(thread.join(Duration.ofSeconds(60))).isTrue();
            }
            assertThat(plain[0]).isEqualTo((long) threadsCount * each);
        }
    }
}
