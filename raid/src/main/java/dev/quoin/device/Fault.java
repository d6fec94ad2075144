package dev.quoin.device;

/**
 * Something that a {@link FaultyDevice} does to the next requests that touch a range.
 *
 * @param kind what happens
 * @param offset where the range begins, in bytes; ignored for {@link Kind#FLUSH_ERROR}
 * @param length of the range, in bytes
 * @param times how many requests it happens to, then it is spent; {@link #ALWAYS} for all
 * @param shift for {@link Kind#MISDIRECTED_WRITE}: how many bytes behind its place the write lands, a multiple of 512
 */
public record Fault(Kind kind, long offset, long length, int times, long shift) {

    /** As {@code times}: never spent. */
    public static final int ALWAYS = Integer.MAX_VALUE;

    /** What happens. */
    public enum Kind {
        /** A read fails with a medium error. A write that covers the whole range heals it, as a disk does by reallocation. */
        READ_ERROR,
        /** A write fails with a medium error; its blocks are old or new, by chance. */
        WRITE_ERROR,
        /** A flush, or the flush in an FUA write, fails. */
        FLUSH_ERROR,
        /** A write is acknowledged and not done. */
        LOST_WRITE,
        /** A write is acknowledged and done at another place. */
        MISDIRECTED_WRITE
    }

    /** Reads of the range fail until it is written. */
    public static Fault unreadable(long offset, long length) {
        return new Fault(Kind.READ_ERROR, offset, length, ALWAYS, 0);
    }

    /** The next {@code times} reads that touch the range fail. */
    public static Fault readError(long offset, long length, int times) {
        return new Fault(Kind.READ_ERROR, offset, length, times, 0);
    }

    /** The next {@code times} writes that touch the range fail. */
    public static Fault writeError(long offset, long length, int times) {
        return new Fault(Kind.WRITE_ERROR, offset, length, times, 0);
    }

    /** The next {@code times} flushes fail. */
    public static Fault flushError(int times) {
        return new Fault(Kind.FLUSH_ERROR, 0, Long.MAX_VALUE, times, 0);
    }

    /** The next write that touches the range is acknowledged and not done. */
    public static Fault lostWrite(long offset, long length) {
        return new Fault(Kind.LOST_WRITE, offset, length, 1, 0);
    }

    /** The next write that touches the range lands {@code shift} bytes behind its place. */
    public static Fault misdirectedWrite(long offset, long length, long shift) {
        return new Fault(Kind.MISDIRECTED_WRITE, offset, length, 1, shift);
    }

    boolean touches(long start, long count) {
        return start < offset + length && offset < start + count;
    }

    boolean coveredBy(long start, long count) {
        return start <= offset && offset + length <= start + count;
    }

    Fault spentOnce() {
        return times == ALWAYS ? this : new Fault(kind, offset, length, times - 1, shift);
    }
}
