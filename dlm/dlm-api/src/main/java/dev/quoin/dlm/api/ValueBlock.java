package dev.quoin.dlm.api;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Up to 64 bytes kept with a resource for as long as anybody holds a lock on it (a lock value block).
 *
 * <p>It is written by a holder of PW or EX that converts down or releases, and handed out with each grant. It is invalid
 * (VALNOTVALID) from the moment a holder of PW or EX ended without writing it until the next write. Immutable.
 */
public final class ValueBlock {

    /** The longest value, in bytes. */
    public static final int LENGTH_MAX = 64;

    /** The value of a resource nobody has written: valid and empty. */
    public static final ValueBlock EMPTY = new ValueBlock(new byte[0], true);

    private final byte[] bytes;
    private final boolean valid;

    private ValueBlock(byte[] bytes, boolean valid) {
        if (bytes.length > LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "value block of " + bytes.length + " bytes found, at most " + LENGTH_MAX + " expected");
        }
        this.bytes = bytes;
        this.valid = valid;
    }

    /** A valid value; the array is copied. */
    public static ValueBlock of(byte[] bytes) {
        return new ValueBlock(bytes.clone(), true);
    }

    /** The same bytes, marked as not to be trusted. */
    public ValueBlock invalidated() {
        return valid ? new ValueBlock(bytes, false) : this;
    }

    /** The bytes, in a new array; if not {@link #isValid()}, those of the last write. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** Whether the bytes are what the last holder of PW or EX meant to leave. */
    public boolean isValid() {
        return valid;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ValueBlock that && valid == that.valid && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes) * 31 + Boolean.hashCode(valid);
    }

    @Override
    public String toString() {
        return "ValueBlock[" + bytes.length + " bytes, " + (valid ? "valid" : "not valid") + "]";
    }
}
