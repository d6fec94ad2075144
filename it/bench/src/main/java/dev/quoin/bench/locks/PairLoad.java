package dev.quoin.bench.locks;

import dev.quoin.bench.BenchException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Clients that do the same thing again and again for a time, each on a virtual thread of its own. */
final class PairLoad {

    /** What one client does once. */
    @FunctionalInterface
    interface Client {
        void pair() throws Exception;
    }

    private PairLoad() {}

    /** How many pairs the clients came to, together. Blocking. */
    static long run(List<? extends Client> clients, Duration time) throws BenchException {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            long end = System.nanoTime() + time.toNanos();
            List<Callable<Long>> tasks = new ArrayList<>();
            for (Client client : clients) {
                tasks.add(() -> {
                    long pairs = 0;
                    while (System.nanoTime() - end < 0) {
                        client.pair();
                        pairs++;
                    }
                    return pairs;
                });
            }
            long pairs = 0;
            for (Future<Long> done : threads.invokeAll(tasks)) {
                pairs += done.get();
            }
            return pairs;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted", interrupted);
        } catch (ExecutionException failure) {
            throw new BenchException("a client failed: " + failure.getCause(), failure);
        }
    }
}
