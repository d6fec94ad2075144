package dev.quoin.iscsi.fuzz;

import com.sun.management.ThreadMXBean;
import dev.quoin.property.Property;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Gives a decoder inputs made of good ones. An input that brings the decoder to an end that it had not come to before joins the good
 * ones, so that the search goes deeper. No input may throw, or cost more memory than its length earns.
 */
final class Fuzzer {

    /** How many inputs one seed stands for. */
    static final int INPUTS_PER_SEED = 10_000;

    private static final int CORPUS_MAX = 1_000;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Fuzzer() {}

    /** Gives the decoder so many inputs, and says how many those were. */
    static <V> long run(FuzzTarget<V> target, int inputs) {
        int each = Math.min(INPUTS_PER_SEED, Math.max(1, inputs / target.share()));
        int seeds = Math.max(1, inputs / target.share() / each);
        long[] count = new long[1];
        Property.forAll(seeds, random -> count[0] += oneSeed(target, random, each));
        return count[0];
    }

    private static <V> long oneSeed(FuzzTarget<V> target, RandomGenerator random, int inputs) {
        List<byte[]> corpus = new ArrayList<>(target.corpus());
        Set<Object> seen = new HashSet<>();
        for (byte[] good : target.corpus()) {
            seen.add(target.outcome().apply(one(target, good)));
        }
        for (int i = 0; i < inputs; i++) {
            byte[] input = Mutations.next(random, corpus, target.inputMax());
            Object kind = target.outcome().apply(one(target, input));
            if (seen.add(kind) && corpus.size() < CORPUS_MAX) {
                corpus.add(input);
            }
        }
        // A decoder that is not brought to more than one end has not been tried: its good inputs are no longer good.
        if (seen.size() < 2) {
            throw new AssertionError(target + " came to one end alone: " + seen);
        }
        return inputs;
    }

    private static <V> V one(FuzzTarget<V> target, byte[] input) {
        try {
            long cost = cost(target, input);
            if (cost > target.limit().of(input)) {
                // The first time includes what classes cost when they are loaded.
                cost = cost(target, input);
                if (cost > target.limit().of(input)) {
                    throw new AssertionError("allocated " + cost + " bytes for " + input.length + ", at most "
                            + target.limit().of(input) + " expected");
                }
            }
            V value = target.decoder().decode(input.clone());
            target.check().of(input, value);
            return value;
        } catch (Exception | Error fault) {
            throw new AssertionError(target + " of " + HexFormat.of().formatHex(input) + ": " + fault, fault);
        }
    }

    private static <V> long cost(FuzzTarget<V> target, byte[] input) throws Exception {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        target.decoder().decode(input);
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }
}
