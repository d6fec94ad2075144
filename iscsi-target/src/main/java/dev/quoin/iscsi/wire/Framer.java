package dev.quoin.iscsi.wire;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Finds PDUs in a run of received bytes and checks their digests (RFC 7143 11.1, 11.2).
 *
 * <pre>
 * basic header segment (48) | AHS (4n) | header digest (0 or 4) | data | padding to 4n | data digest (0 or 4)
 * </pre>
 *
 * <p>The lengths are checked against the limits as soon as the first eight bytes are there, so that nobody waits for, or makes
 * room for, a PDU that will be refused. One instance belongs to one connection and is reused for each PDU: after
 * {@link #next} the getters describe the PDU found.
 */
public final class Framer {

    /** What {@link #next} found. */
    public enum Result {
        /** A whole PDU. */
        COMPLETE,
        /** The start of a PDU; {@link #needed()} says how long it is at least. */
        MORE,
        /** A length over its limit or a header digest that does not match: the stream cannot be read on. */
        BROKEN,
        /** A whole PDU with a wrong data digest: the next one can be found. */
        DATA_BROKEN
    }

    private final Digests digests = new Digests();
    private final int dataLimit;
    private final int ahsLimit;
    private boolean headerDigest;
    private boolean dataDigest;

    private int at;
    private int dataAt;
    private int dataLength;
    private int length;
    private int needed = Bhs.LENGTH;
    private @Nullable Malformed malformed;

    /**
     * Makes a framer that expects no digests.
     *
     * @param dataLimit the longest data segment taken, in bytes
     * @param ahsLimit the longest additional header segments taken together, in bytes
     */
    public Framer(int dataLimit, int ahsLimit) {
        this.dataLimit = dataLimit;
        this.ahsLimit = ahsLimit;
    }

    /** Says which digests the PDUs from now on carry. */
    public void expectDigests(boolean header, boolean data) {
        headerDigest = header;
        dataDigest = data;
    }

    /** The longest PDU that the limits let pass, in bytes. */
    public int longest() {
        return Bhs.LENGTH + ahsLimit + Digests.LENGTH + Bhs.padded(dataLimit) + Digests.LENGTH;
    }

    /**
     * Looks at the bytes from {@code from} to {@code to} of the buffer.
     *
     * @param in its limit must be at least {@code to}
     */
    public Result next(ByteBuffer in, int from, int to) {
        int available = to - from;
        at = from;
        if (available < 8) {
            needed = Bhs.LENGTH;
            return Result.MORE;
        }
        int ahs = Bhs.ahsLength(in, from);
        dataLength = Bhs.dataLength(in, from);
        if (ahs > ahsLimit) {
            return broken(Malformed.Reason.TOO_LONG, "TotalAHSLength");
        }
        if (dataLength > dataLimit) {
            return broken(Malformed.Reason.TOO_LONG, "DataSegmentLength");
        }
        int header = Bhs.LENGTH + ahs;
        dataAt = from + header + (headerDigest ? Digests.LENGTH : 0);
        int dataEnd = dataAt + Bhs.padded(dataLength);
        boolean hasDataDigest = dataDigest && dataLength > 0;
        length = dataEnd + (hasDataDigest ? Digests.LENGTH : 0) - from;
        if (available < length) {
            needed = length;
            return Result.MORE;
        }
        if (headerDigest && in.getInt(from + header) != digests.of(in, from, header)) {
            return broken(Malformed.Reason.BAD_DIGEST, "HeaderDigest");
        }
        needed = Bhs.LENGTH;
        if (hasDataDigest && in.getInt(dataEnd) != digests.of(in, dataAt, Bhs.padded(dataLength))) {
            malformed = new Malformed(Malformed.Reason.BAD_DIGEST, "DataDigest");
            return Result.DATA_BROKEN;
        }
        return Result.COMPLETE;
    }

    private Result broken(Malformed.Reason reason, String field) {
        malformed = new Malformed(reason, field);
        return Result.BROKEN;
    }

    /** Where the PDU's header starts. */
    public int at() {
        return at;
    }

    /** Where the PDU's data starts. */
    public int dataAt() {
        return dataAt;
    }

    /** The length of the data in bytes, without padding. */
    public int dataLength() {
        return dataLength;
    }

    /** The length of the whole PDU in bytes. */
    public int length() {
        return length;
    }

    /** How many bytes from the start of the next PDU must be there before {@link #next} can say more. */
    public int needed() {
        return needed;
    }

    /** Why the last result was {@link Result#BROKEN} or {@link Result#DATA_BROKEN}; null before the first such result. */
    public @Nullable Malformed malformed() {
        return malformed;
    }
}
