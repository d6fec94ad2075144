package dev.quoin.iscsi.jscsi;

import dev.quoin.iscsi.wire.Bhs;
import dev.quoin.iscsi.wire.Pdu;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.Response;
import java.util.List;
import java.util.random.RandomGenerator;

/** Makes PDUs of the types that jSCSI reads and writes without loss, as far as it takes them. */
final class RandomPdus {

    /** The kinds of PDUs, in the order of the operation codes. */
    enum Kind {
        NOP_OUT,
        SCSI_COMMAND,
        TEXT_REQUEST,
        DATA_OUT,
        LOGOUT_REQUEST,
        SNACK,
        NOP_IN,
        SCSI_RESPONSE,
        TEXT_RESPONSE,
        R2T,
        REJECT;

        /** Whether such a PDU may have a data segment. */
        boolean carriesData() {
            return this != LOGOUT_REQUEST && this != SNACK && this != R2T;
        }
    }

    private static final List<Integer> STATUSES = List.of(0x00, 0x02, 0x04, 0x08, 0x18, 0x28, 0x30, 0x40);

    private RandomPdus() {}

    static Pdu next(Kind kind, RandomGenerator random) {
        return switch (kind) {
            case NOP_OUT ->
                new Request.NopOut(
                        random.nextBoolean(),
                        random.nextLong(),
                        random.nextInt(),
                        random.nextInt(),
                        random.nextInt(),
                        random.nextInt());
            case SCSI_COMMAND -> scsiCommand(random);
            case TEXT_REQUEST -> {
                boolean isFinal = random.nextBoolean();
                yield new Request.Text(
                        random.nextBoolean(),
                        isFinal,
                        !isFinal && random.nextBoolean(),
                        random.nextLong(),
                        random.nextInt(),
                        random.nextInt(),
                        random.nextInt(),
                        random.nextInt());
            }
            case DATA_OUT ->
                new Request.DataOut(
                        random.nextBoolean(),
                        random.nextLong(),
                        random.nextInt(),
                        random.nextInt(),
                        random.nextInt(),
                        random.nextInt(),
                        word(random));
            case LOGOUT_REQUEST -> {
                int reason = random.nextInt(3);
                yield new Request.Logout(
                        random.nextBoolean(),
                        reason,
                        random.nextInt(),
                        reason == Request.Logout.CLOSE_SESSION ? 0 : random.nextInt(0x1_0000),
                        random.nextInt(),
                        random.nextInt());
            }
            case SNACK ->
                new Request.Snack(
                        random.nextInt(4),
                        random.nextLong(),
                        random.nextInt(),
                        random.nextInt(),
                        random.nextInt(),
                        random.nextInt(),
                        random.nextInt());
            case NOP_IN ->
                new Response.NopIn(
                        random.nextLong(),
                        random.nextInt(),
                        random.nextInt(),
                        random.nextInt(),
                        random.nextInt(),
                        random.nextInt());
            case SCSI_RESPONSE -> scsiResponse(random);
            case TEXT_RESPONSE -> {
                boolean isFinal = random.nextBoolean();
                yield new Response.TextResponse(
                        isFinal,
                        !isFinal && random.nextBoolean(),
                        random.nextLong(),
                        random.nextInt(),
                        random.nextInt(),
                        random.nextInt(),
                        random.nextInt(),
                        random.nextInt());
            }
            case R2T ->
                new Response.ReadyToTransfer(
                        random.nextLong(),
                        random.nextInt(),
                        random.nextInt(Integer.MAX_VALUE),
                        random.nextInt(),
                        random.nextInt(),
                        random.nextInt(),
                        random.nextInt(),
                        word(random),
                        1 + random.nextInt(Integer.MAX_VALUE));
            case REJECT -> {
                int reason = 1 + random.nextInt(12);
                yield new Response.Reject(
                        reason,
                        random.nextInt(),
                        random.nextInt(),
                        random.nextInt(),
                        reason == Response.Reject.PROTOCOL_ERROR ? random.nextInt() : 0);
            }
        };
    }

    private static Request scsiCommand(RandomGenerator random) {
        boolean write = random.nextBoolean();
        boolean read = random.nextBoolean();
        return new Request.ScsiCommand(
                random.nextBoolean(),
                !write || random.nextBoolean(),
                read,
                write,
                random.nextInt(5),
                random.nextLong(),
                random.nextInt(),
                read || write ? word(random) : 0,
                random.nextInt(),
                random.nextInt(),
                random.nextLong(),
                random.nextLong());
    }

    private static Response scsiResponse(RandomGenerator random) {
        boolean completed = random.nextInt(4) != 0;
        int residual = completed ? random.nextInt(3) : 0;
        int bidirectional = completed ? random.nextInt(3) : 0;
        return new Response.ScsiResponse(
                bidirectional == 1,
                bidirectional == 2,
                residual == 1,
                residual == 2,
                completed ? 0 : 1,
                completed ? STATUSES.get(random.nextInt(STATUSES.size())) : 0,
                random.nextInt(),
                random.nextInt(),
                random.nextInt(),
                random.nextInt(),
                random.nextInt(),
                completed ? random.nextInt() : 0,
                bidirectional == 0 ? 0 : word(random),
                residual == 0 ? 0 : word(random));
    }

    /** A Data-In, which jSCSI reads well and writes wrongly. */
    static Response.DataIn dataIn(RandomGenerator random) {
        boolean status = random.nextBoolean();
        boolean acknowledge = random.nextBoolean();
        int residual = status ? random.nextInt(3) : 0;
        return new Response.DataIn(
                status || random.nextBoolean(),
                acknowledge,
                residual == 1,
                residual == 2,
                status,
                status ? STATUSES.get(random.nextInt(STATUSES.size())) : 0,
                acknowledge ? random.nextLong() | 1 : 0,
                random.nextInt(),
                random.nextInt(),
                status ? random.nextInt() : 0,
                random.nextInt(),
                random.nextInt(),
                random.nextInt(),
                word(random),
                residual == 0 ? 0 : word(random));
    }

    private static long word(RandomGenerator random) {
        return random.nextInt() & 0xFFFF_FFFFL;
    }

    /** The data segment of a PDU: of any length, often of none. */
    static byte[] data(Kind kind, RandomGenerator random) {
        byte[] data = new byte[kind.carriesData() && random.nextBoolean() ? random.nextInt(3 * Bhs.LENGTH) : 0];
        random.nextBytes(data);
        return data;
    }
}
