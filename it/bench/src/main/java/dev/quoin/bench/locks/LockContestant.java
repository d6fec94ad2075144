package dev.quoin.bench.locks;

import dev.quoin.bench.BenchException;
import dev.quoin.bench.Contestant;
import dev.quoin.bench.Figures;
import dev.quoin.bench.Measure;
import dev.quoin.bench.ServerProcess;
import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockNotGrantedException;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.client.DlmClient;
import dev.quoin.dlm.client.DlmClientConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Quoin's lock manager with three peers. A client is a session with a lock of its own, which it takes and gives back without a
 * pause; both are durable on a majority before it goes on.
 */
final class LockContestant implements Contestant {

    private static final Duration WARM_UP = Duration.ofSeconds(3);
    private static final Duration LOAD_TIME = Duration.ofSeconds(2);
    private static final LockRequest REQUEST = LockRequest.of(LockMode.EX);

    private final List<ServerProcess> peers;
    private final DlmClientConfig config;

    /** How many clients each measure has. */
    private final Map<Measure, Integer> clients;

    private final List<LockClient> sessions = new ArrayList<>();

    LockContestant(List<ServerProcess> peers, DlmClientConfig config, Map<Measure, Integer> clients) {
        this.peers = peers;
        this.config = config;
        this.clients = clients;
    }

    /** What one client did: how long each of its acquisitions took, in nanoseconds. */
    private record Work(long[] acquireNanos) {}

    @Override
    public String name() {
        return "quoin";
    }

    @Override
    public void warmUp(Measure measure) throws BenchException {
        load(measure, WARM_UP);
    }

    @Override
    public double run(Measure measure) throws BenchException {
        List<Work> works = load(measure, LOAD_TIME);
        return switch (measure.unit()) {
            case "pairs/s" ->
                works.stream().mapToInt(work -> work.acquireNanos().length).sum() / (double) LOAD_TIME.toSeconds();
            case "us" ->
                Figures.median(works.stream()
                                .flatMapToLong(work -> Arrays.stream(work.acquireNanos()))
                                .asDoubleStream()
                                .toArray())
                        / 1e3;
            default -> throw new BenchException("unit " + measure.unit() + " found, pairs/s or us expected");
        };
    }

    @Override
    public void close() {
        sessions.forEach(LockClient::close);
        peers.forEach(ServerProcess::close);
    }

    private List<Work> load(Measure measure, Duration time) throws BenchException {
        int count = clients.getOrDefault(measure, 1);
        try {
            while (sessions.size() < count) {
                sessions.add(DlmClient.connect(config));
            }
        } catch (DlmException failure) {
            throw new BenchException("session " + sessions.size() + ": " + failure.getMessage(), failure);
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Work>> tasks = new ArrayList<>();
            long end = System.nanoTime() + time.toNanos();
            for (int i = 0; i < count; i++) {
                LockClient session = sessions.get(i);
                ResourceName lock = ResourceName.of("bench/" + i);
                tasks.add(() -> work(session, lock, end));
            }
            List<Work> works = new ArrayList<>();
            for (Future<Work> done : threads.invokeAll(tasks)) {
                works.add(done.get());
            }
            return works;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", interrupted);
        } catch (ExecutionException failure) {
            throw new BenchException("a client failed: " + failure.getCause(), failure);
        }
    }

    private static Work work(LockClient session, ResourceName lock, long endNanos)
            throws DlmException, LockNotGrantedException {
        Lockspace space = session.lockspace("bench", SessionEndPolicy.RELEASE);
        long[] acquireNanos = new long[1024];
        int count = 0;
        for (long start = System.nanoTime(); start - endNanos < 0; start = System.nanoTime()) {
            Held held = space.acquire(lock, REQUEST).orThrow();
            long took = System.nanoTime() - start;
            try {
                held.releaseAsync(null).join();
            } catch (CompletionException failure) {
                throw new IllegalStateException("a release failed", failure);
            }
            if (count == acquireNanos.length) {
                acquireNanos = Arrays.copyOf(acquireNanos, 2 * count);
            }
            acquireNanos[count] = took;
            count++;
        }
        return new Work(Arrays.copyOf(acquireNanos, count));
    }
}
