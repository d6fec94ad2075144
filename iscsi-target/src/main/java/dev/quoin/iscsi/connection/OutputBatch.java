package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.wire.Bhs;
import dev.quoin.iscsi.wire.Digests;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * PDUs in a row in one buffer, complete but for what depends on the order on the wire: StatSN, ExpCmdSN, MaxCmdSN and the
 * header digest, which are stamped when the batch is sent.
 *
 * <p>Belongs to one thread at a time: who fills it, then the output queue, then whoever sends.
 */
final class OutputBatch {

    /** How StatSN is stamped. */
    enum Stamp {
        /** Not at all: a Data-In without status. */
        NONE,
        /** With the next number, which is then used up. */
        STATUS,
        /** With the next number, which stays the next: R2T and pings. */
        PEEK
    }

    private static final int KIND_BITS = 2;
    private static final Stamp[] STAMPS = Stamp.values();

    private final ByteBuffer buffer;
    private final boolean headerDigest;
    private final boolean dataDigest;
    private int[] marks = new int[8];
    private int markCount;
    private int end;
    private long held;

    /** An empty batch over the whole buffer. */
    OutputBatch(ByteBuffer buffer, boolean headerDigest, boolean dataDigest) {
        this.buffer = buffer;
        this.headerDigest = headerDigest;
        this.dataDigest = dataDigest;
    }

    /** The length on the wire of a PDU with this much data, in bytes. */
    static int length(int dataLength, boolean headerDigest, boolean dataDigest) {
        return Bhs.LENGTH
                + (headerDigest ? Digests.LENGTH : 0)
                + Bhs.padded(dataLength)
                + (dataDigest && dataLength > 0 ? Digests.LENGTH : 0);
    }

    /** The buffer; its position and limit belong to who owns the batch. */
    ByteBuffer buffer() {
        return buffer;
    }

    /** The bytes that the PDUs take. */
    int end() {
        return end;
    }

    /** The bytes of the connection's budget that come back when the batch is sent. */
    long held() {
        return held;
    }

    void held(long bytes) {
        held = bytes;
    }

    boolean isEmpty() {
        return end == 0;
    }

    /** Whether another PDU with this much data has room. */
    boolean fits(int dataLength) {
        return end + length(dataLength, headerDigest, dataDigest) <= buffer.capacity();
    }

    /**
     * Appends a header whose other fields are zero, with room for the data, whose padding is zeroed.
     *
     * @return the position of the header
     */
    int begin(int opcode, int flags, int dataLength, int initiatorTaskTag, Stamp stamp) {
        int at = end;
        Bhs.start(buffer, at, opcode, flags, dataLength, initiatorTaskTag);
        if (markCount == marks.length) {
            marks = Arrays.copyOf(marks, 2 * marks.length);
        }
        marks[markCount++] = at << KIND_BITS | stamp.ordinal();
        int data = dataAt(at);
        for (int i = dataLength; i < Bhs.padded(dataLength); i++) {
            buffer.put(data + i, (byte) 0);
        }
        end = at + length(dataLength, headerDigest, dataDigest);
        return at;
    }

    /** Where the data of the PDU at {@code header} starts. */
    int dataAt(int header) {
        return header + Bhs.LENGTH + (headerDigest ? Digests.LENGTH : 0);
    }

    /** Computes the data digest of the PDU at {@code header}, if there is to be one; call it when the data is there. */
    void seal(int header, Digests digests) {
        int dataLength = Bhs.dataLength(buffer, header);
        if (dataDigest && dataLength > 0) {
            digests.append(buffer, dataAt(header), Bhs.padded(dataLength));
        }
    }

    /** A point to return to. */
    long mark() {
        return (long) markCount << 32 | end;
    }

    /** Drops what was appended since {@link #mark()}. */
    void reset(long mark) {
        markCount = (int) (mark >>> 32);
        end = (int) mark;
    }

    /**
     * Stamps the numbers and header digests, in the order of the wire.
     *
     * @return the StatSN that is next after the batch
     */
    int stamp(int statSn, int expCmdSn, int maxCmdSn, Digests digests) {
        int next = statSn;
        for (int i = 0; i < markCount; i++) {
            int at = marks[i] >>> KIND_BITS;
            Stamp stamp = STAMPS[marks[i] & (1 << KIND_BITS) - 1];
            if (stamp != Stamp.NONE) {
                buffer.putInt(at + 24, next);
            }
            if (stamp == Stamp.STATUS) {
                next++;
            }
            buffer.putInt(at + 28, expCmdSn);
            buffer.putInt(at + 32, maxCmdSn);
            if (headerDigest) {
                digests.append(buffer, at, Bhs.LENGTH);
            }
        }
        markCount = 0;
        return next;
    }
}
