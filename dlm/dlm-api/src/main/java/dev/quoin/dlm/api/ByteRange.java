package dev.quoin.dlm.api;

/**
 * A range of bytes of a file, as in fcntl(2).
 *
 * @param start the first byte, 0 or more
 * @param end the last byte, not before the first; {@link Long#MAX_VALUE} is the end of the file, however large it grows
 */
public record ByteRange(long start, long end) {

    /** The whole file. */
    public static final ByteRange ALL = new ByteRange(0, Long.MAX_VALUE);

    public ByteRange {
        if (start < 0 || end < start) {
            throw new IllegalArgumentException(
                    "range from " + start + " to " + end + " found, 0 <= start <= end expected");
        }
    }

    /** Whether the two have a byte in common. */
    public boolean overlaps(ByteRange other) {
        return start <= other.end && other.start <= end;
    }

    @Override
    public String toString() {
        return start + "-" + (end == Long.MAX_VALUE ? "EOF" : Long.toString(end));
    }
}
