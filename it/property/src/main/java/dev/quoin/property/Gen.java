package dev.quoin.property;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * Makes values of one type from a source of randomness.
 *
 * <p>A generator holds no state: the same source state gives the same value, so a seed names a test case.
 *
 * @param <T> the type of the values
 */
@FunctionalInterface
public interface Gen<T> {

    /** The next value. */
    T next(RandomGenerator random);

    /** A generator of integers from {@code low} to {@code high}, both included. */
    static Gen<Integer> ints(int low, int high) {
        return random -> (int) random.nextLong(low, high + 1L);
    }

    /** A generator of integers from {@code low} to {@code high}, both included. */
    static Gen<Long> longs(long low, long high) {
        return random -> high == Long.MAX_VALUE
                ? (low == Long.MIN_VALUE ? random.nextLong() : random.nextLong(low - 1, high) + 1)
                : random.nextLong(low, high + 1);
    }

    /** A generator that takes one of {@code choices}, each as likely. */
    @SafeVarargs
    static <T> Gen<T> of(T... choices) {
        List<T> all = List.of(choices);
        return random -> all.get(random.nextInt(all.size()));
    }

    /** A generator that asks one of {@code choices}, each as likely. */
    @SafeVarargs
    static <T> Gen<T> oneOf(Gen<? extends T>... choices) {
        List<Gen<? extends T>> all = List.of(choices);
        return random -> all.get(random.nextInt(all.size())).next(random);
    }

    /** A generator of byte arrays of {@code low} to {@code high} random bytes. */
    static Gen<byte[]> bytes(int low, int high) {
        return random -> {
            byte[] bytes = new byte[(int) random.nextLong(low, high + 1L)];
            random.nextBytes(bytes);
            return bytes;
        };
    }

    /** A generator of lists of {@code low} to {@code high} values of this generator. */
    default Gen<List<T>> list(int low, int high) {
        return random -> {
            int size = (int) random.nextLong(low, high + 1L);
            List<T> values = new ArrayList<>(size);
            for (int i = 0; i < size; i++) {
                values.add(next(random));
            }
            return Collections.unmodifiableList(values);
        };
    }

    /** A generator of what {@code function} makes of this generator's values. */
    default <R> Gen<R> map(Function<? super T, ? extends R> function) {
        return random -> function.apply(next(random));
    }
}
