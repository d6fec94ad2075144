package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.LongFunction;

/** What sweeps over seeds share. */
final class Sweep {

    private Sweep() {}

    /** What a run says is wrong, or that it ended in a way that nobody expected. */
    static List<String> outcome(Callable<List<String>> run) {
        try {
            return run.call();
        } catch (Exception | AssertionError refused) {
            StringWriter trace = new StringWriter();
            refused.printStackTrace(new PrintWriter(trace));
            return List.of(trace.toString());
        }
    }

    /** Asserts that something is wrong with three runs, of seeds from 1 on. */
    static void assertNoticed(Sabotage sabotage, int runsMax, LongFunction<Callable<List<String>>> runs) {
        int noticed = 0;
        for (long seed = 1; seed <= runsMax && noticed < 3; seed++) {
            noticed += outcome(runs.apply(seed)).isEmpty() ? 0 : 1;
        }
        assertThat(noticed).as("wrong results with " + sabotage).isGreaterThanOrEqualTo(3);
    }
}
