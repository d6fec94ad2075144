package dev.quoin.bench.iscsi;

import dev.quoin.bench.BenchException;
import dev.quoin.bench.Command;
import dev.quoin.bench.Figures;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
            long count = perSecond * time.toSeconds();
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
    }
}
