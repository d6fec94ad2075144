package dev.quoin.bench.iscsi;

import dev.quoin.bench.BenchException;
import dev.quoin.bench.Command;
import dev.quoin.bench.Figures;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;

/** A program that puts load on a LUN and says how many requests a second it got done. */
sealed interface Load {

    /** How much longer than its load a program may take. */
    Duration SLACK = Duration.ofSeconds(60);

    /**
     * Runs the load. Blocking.
     *
     * @param url of the LUN
     * @param lunBlockSize in bytes
     * @return requests a second
     */
    double requestsPerSecond(String url, int lunBlockSize, Duration time) throws BenchException;

    /** The length of a request, in bytes. */
    int requestLength();

    /** How many requests a load does that goes by number. */
    default long requests(Duration time) throws BenchException {
        throw new BenchException("this load goes by time");
    }

    /**
     * Several of the same at once, each in a session of its own.
     *
     * @param count how many
     */
    record Parallel(Load one, int count) implements Load {

        @Override
        public double requestsPerSecond(String url, int lunBlockSize, Duration time) throws BenchException {
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                double sum = 0;
                List<Callable<Double>> all = Collections.nCopies(
                        count, (Callable<Double>) () -> one.requestsPerSecond(url, lunBlockSize, time));
                for (Future<Double> each : threads.invokeAll(all)) {
                    sum += each.get();
                }
                return sum;
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new BenchException("interrupted", interrupted);
            } catch (ExecutionException failure) {
                throw new BenchException(String.valueOf(failure.getCause().getMessage()), failure);
            }
        }

        @Override
        public int requestLength() {
            return one.requestLength();
        }
    }

    /**
     * Reads through libiscsi's iscsi-perf, which keeps {@code depth} requests in flight for a time.
     *
     * @param random whether the requests jump about; otherwise they follow each other
     */
    record IscsiPerf(Path program, boolean random, int requestLength, int depth) implements Load {

        private static final Pattern AVERAGE = Pattern.compile("iops average (\\d+)");

        @Override
        public double requestsPerSecond(String url, int lunBlockSize, Duration time) throws BenchException {
            List<String> command = new ArrayList<>(List.of(
                    program.toString(),
                    "-i",
                    "iqn.2026-11.dev.quoin:bench-initiator",
                    "-m",
                    Integer.toString(depth),
                    "-b",
                    Integer.toString(requestLength / lunBlockSize),
                    "-t",
                    Long.toString(time.toSeconds())));
            if (random) {
                command.add("-r");
            }
            command.add(url);
            // Without -n: an error of the target ends the run instead of counting as a request.
            return Figures.lastMatch(AVERAGE, Command.run(time.plus(SLACK), command.toArray(String[]::new)));
        }
    }

    /**
     * Reads or writes through qemu-img bench and QEMU's iSCSI driver, which does a number of requests.
     *
     * @param step from one request to the next, in bytes
     * @param perSecond about how many requests it gets done in a second, to choose their number
     */
    record QemuBench(Path program, boolean write, int requestLength, int depth, long step, int perSecond)
            implements Load {

        private static final Pattern SECONDS = Pattern.compile("Run completed in ([0-9.]+) seconds");

        @Override
        public double requestsPerSecond(String url, int lunBlockSize, Duration time) throws BenchException {
            long count = requests(time);
            List<String> command = new ArrayList<>(List.of(
                    program.toString(),
                    "bench",
                    "-t",
                    "none",
                    "-f",
                    "raw",
                    "-c",
                    Long.toString(count),
                    "-d",
                    Integer.toString(depth),
                    "-s",
                    Integer.toString(requestLength),
                    "-S",
                    Long.toString(step)));
            if (write) {
                command.add("-w");
            }
            command.add(url);
            return count / Figures.lastMatch(SECONDS, Command.run(time.plus(SLACK), command.toArray(String[]::new)));
        }

        @Override
        public long requests(Duration time) {
            return perSecond * time.toSeconds();
        }
    }
}
