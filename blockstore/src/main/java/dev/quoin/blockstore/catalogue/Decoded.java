package dev.quoin.blockstore.catalogue;

import java.util.function.Function;

/**
 * What decoding gives for any bytes at all.
 *
 * @param <T> the record
 */
public sealed interface Decoded<T> {

    /** The bytes are a record of a version that we know, and every field is in its range. */
    record Valid<T>(T value) implements Decoded<T> {}

    /**
     * The bytes are something else.
     *
     * @param reason what was found and what was expected
     */
    record Malformed<T>(String reason) implements Decoded<T> {}

    /** Goes on decoding what is valid. */
    default <R> Decoded<R> then(Function<T, Decoded<R>> next) {
        return switch (this) {
            case Valid<T>(T value) -> next.apply(value);
            case Malformed<T>(String reason) -> new Malformed<>(reason);
        };
    }
}
