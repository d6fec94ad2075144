package dev.quoin.iscsi.fuzz;

import dev.quoin.iscsi.wire.Malformed;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A decoder with what it needs to be fuzzed.
 *
 * @param <V> what it makes of bytes
 * @param covers the methods of the product that this puts to the test, as {@code package.Class.method} below dev.quoin.iscsi
 * @param corpus good inputs, from which others are made
 * @param inputMax the longest input, in bytes
 * @param limit the most bytes of memory that an input may cost
 * @param share how many times fewer inputs it gets than others, where one takes long
 * @param decoder makes a value of any input; any exception is a fault
 * @param check what must hold of the value
 * @param outcome sorts values into kinds: an input that gives a new kind is the start of further ones
 */
public record FuzzTarget<V>(
        List<String> covers,
        List<byte[]> corpus,
        int inputMax,
        Limit limit,
        int share,
        Decoder<V> decoder,
        Check<V> check,
        Function<V, Object> outcome) {

    /** The code under test. */
    @FunctionalInterface
    public interface Decoder<V> {
        /** Decodes; what is allocated here is counted. */
        V decode(byte[] input) throws Exception;
    }

    /** What must hold. */
    @FunctionalInterface
    public interface Check<V> {
        /** Throws if it does not. */
        void of(byte[] input, V value) throws Exception;
    }

    /** So many bytes of memory, and so many more for each byte of the input. */
    public record Limit(long base, long each) {
        long of(byte[] input) {
            return base + each * input.length;
        }
    }

    /** A target whose checks and kinds are the usual ones. */
    public static <V> FuzzTarget<V> of(String covers, int inputMax, Limit limit, Decoder<V> decoder) {
        return new FuzzTarget<>(
                List.of(covers), List.of(), inputMax, limit, 1, decoder, (input, value) -> {}, FuzzTarget::kind);
    }

    /** The same with more methods covered. */
    public FuzzTarget<V> covering(String... more) {
        List<String> all = new ArrayList<>(covers);
        all.addAll(List.of(more));
        return new FuzzTarget<>(all, corpus, inputMax, limit, share, decoder, check, outcome);
    }

    /** The same with good inputs. */
    public FuzzTarget<V> from(byte[]... good) {
        List<byte[]> all = new ArrayList<>(corpus);
        all.addAll(List.of(good));
        return new FuzzTarget<>(covers, all, inputMax, limit, share, decoder, check, outcome);
    }

    /** The same with a check. */
    public FuzzTarget<V> checking(Check<V> newCheck) {
        return new FuzzTarget<>(covers, corpus, inputMax, limit, share, decoder, newCheck, outcome);
    }

    /** The same with another way to sort values. */
    public FuzzTarget<V> sortedBy(Function<V, Object> newOutcome) {
        return new FuzzTarget<>(covers, corpus, inputMax, limit, share, decoder, check, newOutcome);
    }

    /** The same with so many times fewer inputs. */
    public FuzzTarget<V> rarely(int newShare) {
        return new FuzzTarget<>(covers, corpus, inputMax, limit, newShare, decoder, check, outcome);
    }

    private static Object kind(@Nullable Object value) {
        return switch (value) {
            case null -> "null";
            case Malformed bad -> bad;
            case Enum<?> one -> one;
            default -> value.getClass();
        };
    }

    @Override
    public String toString() {
        return covers.getFirst();
    }
}
