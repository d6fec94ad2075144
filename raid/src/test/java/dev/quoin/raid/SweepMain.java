package dev.quoin.raid;

import java.util.List;

/** Runs crash cuts for as long as told and prints the seeds that fail. Not a test: for long sweeps by hand. */
final class SweepMain {

    private SweepMain() {}

    public static void main(String[] arguments) {
        int cuts = Integer.getInteger("cuts", 1000);
        long first = Long.getLong("seed", 1);
        for (CrashRun.Scenario scenario : CrashRun.Scenario.values()) {
            if (arguments.length > 0 && !List.of(arguments).contains(scenario.name())) {
                continue;
            }
            int failed = 0;
            long begin = System.nanoTime();
            for (long seed = first; seed < first + cuts; seed++) {
                List<String> wrong = CrashSweepTest.outcome(seed, scenario, Sabotage.NONE);
                if (!wrong.isEmpty()) {
                    failed++;
                    System.out.println(scenario + " seed " + seed + " " + wrong);
                }
            }
            System.out.printf(
                    "%s: %d of %d failed, %.0f cuts/s%n",
                    scenario, failed, cuts, cuts / ((System.nanoTime() - begin) / 1e9));
        }
    }
}
