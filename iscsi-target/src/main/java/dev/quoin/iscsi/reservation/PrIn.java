package dev.quoin.iscsi.reservation;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/** The answers to PERSISTENT RESERVE IN (SPC-4 6.15). */
public final class PrIn {

    /** Service actions. */
    public static final int READ_KEYS = 0;

    public static final int READ_RESERVATION = 1;
    public static final int REPORT_CAPABILITIES = 2;
    public static final int READ_FULL_STATUS = 3;

    private static final int HEADER = 8;

    private PrIn() {}

    /** The data of a service action, one of the four. */
    public static byte[] answer(int action, PrState state) {
        return switch (action) {
            case READ_KEYS -> keys(state);
            case READ_RESERVATION -> reservation(state);
            case REPORT_CAPABILITIES -> capabilities(state);
            case READ_FULL_STATUS -> fullStatus(state);
            default -> throw new IllegalArgumentException("service action " + action + " found, 0 to 3 expected");
        };
    }

    /** Generation, length, then 8 bytes for each key. */
    private static byte[] keys(PrState state) {
        byte[] data = new byte[HEADER + 8 * state.registrants().size()];
        ByteBuffer keys = ByteBuffer.wrap(data).putInt(state.generation()).putInt(data.length - HEADER);
        state.registrants().forEach(one -> keys.putLong(one.key()));
        return data;
    }

    private static ByteBuffer header(PrState state, int length) {
        return ByteBuffer.allocate(HEADER + length).putInt(state.generation()).putInt(length);
    }

    /** Generation, length 0 or 16, then key 8, obsolete 4, reserved 1, scope and type 1, obsolete 2. */
    private static byte[] reservation(PrState state) {
        Reservation held = state.reservation();
        if (held == null) {
            return header(state, 0).array();
        }
        return header(state, 16)
                .putLong(state.holderKey())
                .putInt(0)
                .put((byte) 0)
                .put((byte) held.type().code())
                .array();
    }

    /**
     * Eight bytes.
     *
     * <pre>
     * byte 0-1  length, 8
     * byte 2    bit 3 SIP_C, bit 2 ATP_C, bit 0 PTPL_C
     * byte 3    bit 7 TMV (types are told), bit 0 PTPL_A
     * byte 4-5  a bit for each type: EAh, 01h
     * </pre>
     */
    private static byte[] capabilities(PrState state) {
        return new byte[] {0, 8, 0x0D, (byte) (0x80 | (state.survivesPowerLoss() ? 1 : 0)), (byte) 0xEA, 0x01, 0, 0};
    }

    /**
     * Generation, length, then for each registrant:
     *
     * <pre>
     * byte 0-7    key
     * byte 12     bit 1 ALL_TG_PT, bit 0 R_HOLDER; 13 scope and type of a holder
     * byte 18-19  relative target port
     * byte 20-23  length of the TransportID that follows
     * </pre>
     */
    private static byte[] fullStatus(PrState state) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Reservation held = state.reservation();
        for (Registrant one : state.registrants()) {
            boolean holds = state.isHeldBy(one.nexus());
            byte[] id = one.nexus().transportId();
            ByteBuffer descriptor = ByteBuffer.allocate(24 + id.length)
                    .putLong(one.key())
                    .put(12, (byte) ((one.allPorts() ? 2 : 0) | (holds ? 1 : 0)))
                    .put(13, (byte) (holds && held != null ? held.type().code() : 0))
                    .putShort(18, (short) one.nexus().targetPort())
                    .putInt(20, id.length)
                    .put(24, id);
            all.writeBytes(descriptor.array());
        }
        return header(state, all.size()).put(all.toByteArray()).array();
    }
}
