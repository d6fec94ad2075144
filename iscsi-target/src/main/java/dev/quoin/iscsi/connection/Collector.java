package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.wire.Bhs;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the data of one command: immediate, unsolicited and asked for by R2T (RFC 7143 4.2.4, 11.7, 11.8). Belongs to the
 * connection's thread.
 *
 * <p>Data beyond what the command wants is counted and dropped. The order inside each sequence must be that of the offsets
 * (DataPDUInOrder=Yes), and DataSN must have no gap: at ErrorRecoveryLevel 0 a hole is never filled.
 */
final class Collector {

    /** What a piece of data led to. */
    enum Progress {
        /** More is to come that was already asked for. */
        MORE,
        /** A sequence is complete: ask for more or go on. */
        SEQUENCE_END,
        /** The piece does not belong where it says. */
        FAULT
    }

    private static final class Sequence {
        final int tag;
        final int end;
        int next;
        int dataSn;

        Sequence(int tag, int start, int end) {
            this.tag = tag;
            this.next = start;
            this.end = end;
        }
    }

    private final int want;
    private final @Nullable ByteBuffer target;
    private final Sequence[] solicited;
    private int solicitedCount;
    private @Nullable Sequence unsolicited;
    private int asked;
    private int r2tSn;

    /**
     * Expects the data of a command.
     *
     * @param want how many bytes the command uses
     * @param target where they go, from position 0; null if all are to be dropped
     * @param outstandingMax how many R2T may be open at once
     */
    Collector(int want, @Nullable ByteBuffer target, int outstandingMax) {
        this.want = want;
        this.target = target;
        this.solicited = new Sequence[outstandingMax];
    }

    /**
     * Takes the immediate data, maybe none, and learns whether unsolicited Data-Out will follow.
     *
     * @param unsolicitedEnd the most unsolicited bytes with the immediate ones
     * @param follows whether the command had no F bit
     */
    void immediate(ByteBuffer in, int at, int length, int unsolicitedEnd, boolean follows) {
        store(in, at, 0, length);
        asked = Math.min(length, want);
        if (follows) {
            unsolicited = new Sequence(Bhs.TAG_NONE, length, unsolicitedEnd);
        }
    }

    /** Takes the Data-Out PDU at {@code header}. */
    Progress accept(ByteBuffer in, int header, int dataAt, int dataLength) {
        int tag = Bhs.targetTransferTag(in, header);
        Sequence sequence = tag == Bhs.TAG_NONE ? unsolicited : find(tag);
        boolean isFinal = Bhs.isFinal(in, header);
        if (sequence == null
                || Bhs.bufferOffset(in, header) != sequence.next
                || Bhs.dataSn(in, header) != sequence.dataSn
                || dataLength > sequence.end - sequence.next) {
            return Progress.FAULT;
        }
        store(in, dataAt, sequence.next, dataLength);
        sequence.next += dataLength;
        sequence.dataSn++;
        if (sequence == unsolicited) {
            asked = Math.min(sequence.next, want);
            if (!isFinal) {
                return Progress.MORE;
            }
            unsolicited = null;
            return Progress.SEQUENCE_END;
        }
        if (isFinal != (sequence.next == sequence.end)) {
            return Progress.FAULT;
        }
        if (!isFinal) {
            return Progress.MORE;
        }
        drop(sequence);
        return Progress.SEQUENCE_END;
    }

    /** How many bytes the command uses. */
    int want() {
        return want;
    }

    /** Whether unsolicited data may still come. */
    boolean unsolicitedOpen() {
        return unsolicited != null;
    }

    /** Whether all that the command wants is there and nothing more is under way. */
    boolean complete() {
        return unsolicited == null && solicitedCount == 0 && asked == want;
    }

    /** Whether another R2T may be sent now. */
    boolean mayAsk() {
        return unsolicited == null && asked < want && solicitedCount < solicited.length;
    }

    /** How many bytes the next R2T asks for. */
    int nextLength(int maxBurst) {
        return Math.min(maxBurst, want - asked);
    }

    /** Where the next R2T starts. */
    int nextOffset() {
        return asked;
    }

    /** The number of the next R2T. */
    int nextR2tSn() {
        return r2tSn;
    }

    /** Notes that an R2T with this target transfer tag was sent. */
    void asked(int tag, int length) {
        solicited[solicitedCount++] = new Sequence(tag, asked, asked + length);
        asked += length;
        r2tSn++;
    }

    private @Nullable Sequence find(int tag) {
        for (int i = 0; i < solicitedCount; i++) {
            if (solicited[i].tag == tag) {
                return solicited[i];
            }
        }
        return null;
    }

    private void drop(Sequence sequence) {
        for (int i = 0; i < solicitedCount; i++) {
            if (solicited[i] == sequence) {
                System.arraycopy(solicited, i + 1, solicited, i, --solicitedCount - i);
                return;
            }
        }
    }

    private void store(ByteBuffer in, int at, int offset, int length) {
        int kept = Math.min(length, want - offset);
        if (target != null && kept > 0) {
            target.put(offset, in, at, kept);
        }
    }
}
