package dev.quoin.property;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Runs a check many times, each time with its own seed, and names the seed of the run that failed.
 *
 * <p>The property {@code -Dseed=N} runs that one seed alone; {@code -Druns=N} overrides how many seeds are tried.
 * Without either, the seeds start at a fixed number, so a build tries the same cases each time.
 */
public final class Property {

    private static final long FIRST_SEED = 0x51_0E_AD_00L;

    /** How many candidates a failing list is shortened by before the search gives up. */
    private static final int SHRINK_TRIES_MAX = 2_000;

    private Property() {}

    /** What must hold for a source of randomness; a failure is any exception or error thrown. */
    @FunctionalInterface
    public interface Check {
        /** Draws what it needs from {@code random} and throws if the property does not hold. */
        void run(RandomGenerator random) throws Exception;
    }

    /** What must hold for a list of operations; a failure is any exception or error thrown. */
    @FunctionalInterface
    public interface ListCheck<T> {
        /** Applies {@code operations} to a fresh subject and throws if the property does not hold. */
        void run(List<T> operations) throws Exception;
    }

    /**
     * Runs {@code check} with {@code runs} different seeds.
     *
     * @throws AssertionError naming the seed, with the failure as its cause
     */
    public static void forAll(int runs, Check check) {
        long fixed = Long.getLong("seed", -1);
        if (fixed >= 0) {
            runOne(fixed, check);
            return;
        }
        int total = Integer.getInteger("runs", runs);
        for (int i = 0; i < total; i++) {
            runOne(FIRST_SEED + i, check);
        }
    }

    /**
     * As {@link #forAll}, on all processors at once: for checks that share nothing and start nothing.
     *
     * @throws AssertionError naming the seed, with the failure as its cause
     */
    public static void forAllAtOnce(int runs, Check check) {
        long fixed = Long.getLong("seed", -1);
        if (fixed >= 0) {
            runOne(fixed, check);
            return;
        }
        int total = Integer.getInteger("runs", runs);
        LongStream.range(FIRST_SEED, FIRST_SEED + total).parallel().forEach(seed -> runOne(seed, check));
    }

    /**
     * Runs {@code check} on lists of {@code low} to {@code high} operations and shortens the first list that fails.
     *
     * @throws AssertionError naming the seed and the shortest failing list found, with its failure as the cause
     */
    public static <T> void forAllLists(int runs, Gen<T> operation, int low, int high, ListCheck<T> check) {
        forAll(runs, random -> {
            List<T> operations = operation.list(low, high).next(random);
            Throwable failure = failureOf(operations, check);
            if (failure != null) {
                List<T> least = shrink(operations, check);
                Throwable leastFailure = failureOf(least, check);
                throw new AssertionError(
                        "fails with " + least.size() + " operations: " + least,
                        leastFailure == null ? failure : leastFailure);
            }
        });
    }

    /** The source of randomness that a seed stands for. */
    public static RandomGenerator random(long seed) {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    }

    private static void runOne(long seed, Check check) {
        try {
            check.run(random(seed));
        } catch (Exception | AssertionError failure) {
            throw new AssertionError("fails with -Dseed=" + seed + ": " + failure.getMessage(), failure);
        }
    }

    private static <T> @Nullable Throwable failureOf(List<T> operations, ListCheck<T> check) {
        try {
            check.run(operations);
            return null;
        } catch (Exception | AssertionError failure) {
            return failure;
        }
    }

    /** Drops ever smaller runs of operations for as long as the check still fails (delta debugging). */
    private static <T> List<T> shrink(List<T> failing, ListCheck<T> check) {
        List<T> least = failing;
        int tries = 0;
        for (int chunk = Math.max(1, least.size() / 2); chunk >= 1 && tries < SHRINK_TRIES_MAX; ) {
            boolean shorter = false;
            for (int from = 0; from < least.size() && tries < SHRINK_TRIES_MAX; tries++) {
                List<T> candidate = new ArrayList<>(least.subList(0, from));
                candidate.addAll(least.subList(Math.min(least.size(), from + chunk), least.size()));
                if (failureOf(candidate, check) != null) {
                    least = candidate;
                    shorter = true;
                } else {
                    from += chunk;
                }
            }
            if (!shorter) {
                if (chunk == 1) {
                    break;
                }
                chunk /= 2;
            }
        }
        return least;
    }
}
