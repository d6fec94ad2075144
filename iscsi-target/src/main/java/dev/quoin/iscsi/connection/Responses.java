package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.connection.OutputBatch.Stamp;
import dev.quoin.iscsi.login.SessionParameters;
import dev.quoin.iscsi.scsi.ScsiStatus;
import dev.quoin.iscsi.scsi.Sense;
import dev.quoin.iscsi.wire.Bhs;
import dev.quoin.iscsi.wire.Digests;
import dev.quoin.iscsi.wire.Opcode;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Builds the PDUs that a connection sends. The connection's thread appends to one batch and flushes it; other threads make
 * batches of their own.
 */
final class Responses {

    /** The size of the connection's own batch in bytes. */
    static final int BATCH_BYTES = 256 << 10;

    /** The fill at which the batch is sent although more requests wait, so that the initiator gets work early. */
    static final int FLUSH_MARK = 128 << 10;

    private static final int SENSE_BYTES_MAX = 2 + Sense.LENGTH_MAX;

    private final Output output;
    private final BufferPool pool;
    private final boolean headerDigest;
    private final boolean dataDigest;
    private final Digests digests = new Digests();
    private @Nullable OutputBatch current;

    Responses(Output output, BufferPool pool, SessionParameters parameters) {
        this.output = output;
        this.pool = pool;
        this.headerDigest = parameters.headerDigest();
        this.dataDigest = parameters.dataDigest();
    }

    /** The connection's batch with room for one PDU of at most {@link #BATCH_BYTES} in all. Connection's thread only. */
    OutputBatch inline(int dataLength) {
        OutputBatch batch = current;
        if (batch != null && !batch.fits(dataLength)) {
            flush();
            batch = null;
        }
        if (batch == null) {
            batch = wrap(pool.takeSmall(BATCH_BYTES));
            current = batch;
        }
        return batch;
    }

    /** Sends the connection's batch. Connection's thread only. */
    void flush() {
        OutputBatch batch = current;
        if (batch != null) {
            current = null;
            if (batch.isEmpty()) {
                pool.give(batch.buffer());
            } else {
                output.send(batch);
            }
        }
    }

    /** Sends the connection's batch if it has passed the mark. Connection's thread only. */
    void flushAtMark() {
        OutputBatch batch = current;
        if (batch != null && batch.end() >= FLUSH_MARK) {
            flush();
        }
    }

    /** Drops the connection's batch. Connection's thread only. */
    void drop() {
        OutputBatch batch = current;
        if (batch != null) {
            current = null;
            pool.give(batch.buffer());
        }
    }

    /** Whether the connection's batch holds something. */
    boolean hasInline() {
        return current != null;
    }

    /** The digests of the connection's thread. */
    Digests digests() {
        return digests;
    }

    /** Whether data segments carry digests. */
    boolean dataDigest() {
        return dataDigest;
    }

    /** The length on the wire of a PDU with this much data. */
    int wireLength(int dataLength) {
        return OutputBatch.length(dataLength, headerDigest, dataDigest);
    }

    /** A batch over a buffer. */
    OutputBatch wrap(ByteBuffer buffer) {
        return new OutputBatch(buffer, headerDigest, dataDigest);
    }

    /** A batch for one PDU with this much data, for any thread. */
    OutputBatch single(int dataLength) {
        return wrap(pool.takeSmall(wireLength(dataLength)));
    }

    /** Sends a batch of any thread. */
    void send(OutputBatch batch) {
        output.send(batch);
    }

    /** Answers a command with small data or none. Connection's thread only. */
    void answer(int tag, Outcome outcome, Expected expected) {
        append(inline(dataLength(outcome, expected)), tag, outcome, expected, digests);
    }

    /** Answers a command with small data or none, from any thread. */
    void answerElsewhere(int tag, Outcome outcome, Expected expected) {
        OutputBatch batch = single(dataLength(outcome, expected));
        append(batch, tag, outcome, expected, dataDigest ? new Digests() : digests);
        output.send(batch);
    }

    private static int dataLength(Outcome outcome, Expected expected) {
        return switch (outcome) {
            case Outcome.Status status -> 0;
            case Outcome.Data data -> (int) Math.min(data.bytes().length, expected.read() ? expected.bytes() : 0);
            case Outcome.Check check -> SENSE_BYTES_MAX;
        };
    }

    /** Appends the PDU that ends a command: one Data-In with status, or a SCSI Response. */
    private static void append(OutputBatch batch, int tag, Outcome outcome, Expected expected, Digests digests) {
        switch (outcome) {
            case Outcome.Status(int status) -> {
                boolean good = status == ScsiStatus.GOOD;
                status(batch, tag, status, good ? expected.residual() : expected.bytes());
            }
            case Outcome.Data(byte[] bytes) -> {
                int length = dataLength(outcome, expected);
                long residual = (expected.read() ? expected.bytes() : 0) - bytes.length;
                if (length == 0) {
                    status(batch, tag, ScsiStatus.GOOD, residual);
                } else {
                    int at = dataIn(batch, tag, length, 0, 0, true, true, residual);
                    batch.buffer().put(batch.dataAt(at), bytes, 0, length);
                    batch.seal(at, digests);
                }
            }
            case Outcome.Check(Sense sense) -> check(batch, tag, expected.format(sense), expected.bytes(), digests);
        }
    }

    /**
     * Appends a SCSI Response without data.
     *
     * @param residual bytes expected and not moved if positive, bytes that there would have been beyond if negative
     */
    static void status(OutputBatch batch, int tag, int status, long residual) {
        int flags = Bhs.FLAG_FINAL | residualFlags(residual);
        int at = batch.begin(Opcode.SCSI_RESPONSE, flags, 0, tag, Stamp.STATUS);
        batch.buffer().put(at + 3, (byte) status).putInt(at + 44, (int) Math.abs(residual));
    }

    private static void check(OutputBatch batch, int tag, byte[] sense, long residual, Digests digests) {
        int flags = Bhs.FLAG_FINAL | residualFlags(residual);
        int at = batch.begin(Opcode.SCSI_RESPONSE, flags, 2 + sense.length, tag, Stamp.STATUS);
        ByteBuffer out = batch.buffer();
        out.put(at + 3, (byte) ScsiStatus.CHECK_CONDITION).putInt(at + 44, (int) Math.abs(residual));
        int data = batch.dataAt(at);
        out.putShort(data, (short) sense.length).put(data + 2, sense);
        batch.seal(at, digests);
    }

    /**
     * Appends the header of a Data-In.
     *
     * @param last whether it carries the GOOD status and the residual
     * @return the position of the header
     */
    static int dataIn(
            OutputBatch batch,
            int tag,
            int length,
            int offset,
            int dataSn,
            boolean isFinal,
            boolean last,
            long residual) {
        int flags = (isFinal ? Bhs.FLAG_FINAL : 0) | (last ? Bhs.FLAG_STATUS | residualFlags(residual) : 0);
        int at = batch.begin(Opcode.DATA_IN, flags, length, tag, last ? Stamp.STATUS : Stamp.NONE);
        ByteBuffer out = batch.buffer();
        out.putInt(at + 20, Bhs.TAG_NONE);
        out.putInt(at + 36, dataSn);
        out.putInt(at + 40, offset);
        if (last) {
            out.putInt(at + 44, (int) Math.abs(residual));
        }
        return at;
    }

    /** Appends an R2T (RFC 7143 11.8). Connection's thread only. */
    void readyToTransfer(long lun, int tag, int transferTag, int r2tSn, int offset, int length) {
        OutputBatch batch = inline(0);
        int at = batch.begin(Opcode.R2T, Bhs.FLAG_FINAL, 0, tag, Stamp.PEEK);
        batch.buffer()
                .putLong(at + 8, lun)
                .putInt(at + 20, transferTag)
                .putInt(at + 36, r2tSn)
                .putInt(at + 40, offset)
                .putInt(at + 44, length);
    }

    /** Appends a Reject with the header at fault (RFC 7143 11.17). Connection's thread only. */
    void reject(int reason, ByteBuffer in, int header) {
        OutputBatch batch = inline(Bhs.LENGTH);
        int at = batch.begin(Opcode.REJECT, Bhs.FLAG_FINAL, Bhs.LENGTH, Bhs.TAG_NONE, Stamp.STATUS);
        batch.buffer().put(at + 2, (byte) reason);
        batch.buffer().put(batch.dataAt(at), in, header, Bhs.LENGTH);
        batch.seal(at, digests);
    }

    private static int residualFlags(long residual) {
        return residual == 0 ? 0 : residual > 0 ? Bhs.FLAG_UNDERFLOW : Bhs.FLAG_OVERFLOW;
    }
}
