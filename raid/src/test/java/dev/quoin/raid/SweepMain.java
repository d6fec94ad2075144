package dev.quoin.raid;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.LongFunction;

/** Runs crash cuts for as long as told and prints the seeds that fail. Not a test: for long sweeps by hand. */
final class SweepMain {

    private SweepMain() {}

    public static void main(String[] arguments) {
        int cuts = Integer.getInteger("cuts", 1000);
        long first = Long.getLong("seed", 1);
        for (Level level : Level.values()) {
            for (CrashScenario scenario : CrashScenario.values()) {
                boolean named = List.of(arguments).contains(scenario.name())
                        || List.of(arguments).contains(level.name());
                if (scenario.suits(level) && (arguments.length == 0 || named)) {
                    String what = level + " " + scenario;
                    sweep(what, first, cuts, seed -> new CrashRun(seed, level, scenario, Sabotage.NONE)::run);
                }
            }
            for (OverwriteScenario scenario : OverwriteScenario.values()) {
                if (scenario.suits(level)
                        && (arguments.length == 0 || List.of(arguments).contains("OVERWRITE"))) {
                    String what = level + " OVERWRITE " + scenario;
                    sweep(what, first, cuts, seed -> new OverwriteRun(seed, level, scenario, Sabotage.NONE)::run);
                }
            }
        }
    }

    private static void sweep(String what, long first, int cuts, LongFunction<Callable<List<String>>> runs) {
        int failed = 0;
        long begin = System.nanoTime();
        for (long seed = first; seed < first + cuts; seed++) {
            List<String> wrong = Sweep.outcome(runs.apply(seed));
            if (!wrong.isEmpty()) {
                failed++;
                System.out.println(what + " seed " + seed + " " + wrong);
            }
        }
        System.out.printf(
                "%s: %d of %d failed, %.0f cuts/s%n", what, failed, cuts, cuts / ((System.nanoTime() - begin) / 1e9));
    }
}
