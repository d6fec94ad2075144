package dev.quoin.raid;

import java.util.List;

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
                    sweep(level, scenario, first, cuts);
                }
            }
        }
    }

    private static void sweep(Level level, CrashScenario scenario, long first, int cuts) {
        int failed = 0;
        long begin = System.nanoTime();
        for (long seed = first; seed < first + cuts; seed++) {
            List<String> wrong = CrashSweepTest.outcome(seed, level, scenario, Sabotage.NONE);
            if (!wrong.isEmpty()) {
                failed++;
                System.out.println(level + " " + scenario + " seed " + seed + " " + wrong);
            }
        }
        System.out.printf(
                "%s %s: %d of %d failed, %.0f cuts/s%n",
                level, scenario, failed, cuts, cuts / ((System.nanoTime() - begin) / 1e9));
    }
}
