package dev.quoin.iscsi.scsi;

import java.nio.ByteBuffer;

/**
 * Why a command ended with CHECK CONDITION (SPC-4 4.5).
 *
 * @param information a command-specific number such as the first block at fault, or {@link #NONE}
 * @param cdbField the byte of the command block at fault for INVALID FIELD IN CDB, or -1
 * @param progress how far an operation has come, in parts of 65,536, or -1
 */
public record Sense(SenseCode code, long information, int cdbField, int progress) {

    /** No information. */
    public static final long NONE = -1;

    /** The length of fixed format sense data in bytes. */
    public static final int FIXED_LENGTH = 18;

    /** The length of the descriptor format header in bytes. */
    public static final int DESCRIPTOR_LENGTH = 8;

    private static final int INFORMATION_LENGTH = 12;
    private static final int KEY_SPECIFIC_LENGTH = 8;

    /** The most bytes of sense data in either format. */
    public static final int LENGTH_MAX = DESCRIPTOR_LENGTH + INFORMATION_LENGTH + KEY_SPECIFIC_LENGTH;

    /** A sense that tells of no progress. */
    public Sense(SenseCode code, long information, int cdbField) {
        this(code, information, cdbField, -1);
    }

    /** An operation is under way that keeps the unit from being ready (SPC-4 4.5.2.4.4). */
    public static Sense inProgress(SenseCode code, int progress) {
        return new Sense(code, NONE, -1, progress);
    }

    /** A sense without details. */
    public static Sense of(SenseCode code) {
        return new Sense(code, NONE, -1);
    }

    /** A unit attention; a threshold that is reached is told by where its descriptor lies in its mode page (SBC-4 4.7.3.7.6). */
    public static Sense attention(SenseCode code) {
        long information = code == SenseCode.SOFT_THRESHOLD_REACHED ? ModePage.THRESHOLD_AT : NONE;
        return new Sense(code, information, -1);
    }

    /** INVALID FIELD IN CDB with a pointer to the byte. */
    public static Sense invalidField(int cdbField) {
        return new Sense(SenseCode.INVALID_FIELD_IN_CDB, NONE, cdbField);
    }

    /**
     * Fixed format, current error (SPC-4 4.5.3).
     *
     * <pre>
     * byte 0     70h, bit 7 set if INFORMATION is valid
     * byte 2     sense key
     * byte 3-6   INFORMATION
     * byte 7     additional length, 10
     * byte 12-13 additional sense code and qualifier
     * byte 15-17 sense key specific: C0h and the byte of the CDB at fault, or 80h and the progress
     * </pre>
     */
    public byte[] fixed() {
        byte[] sense = new byte[FIXED_LENGTH];
        sense[0] = 0x70;
        sense[2] = (byte) code.key().number();
        if (information >= 0 && information <= 0xFFFF_FFFFL) {
            sense[0] |= (byte) 0x80;
            for (int i = 0; i < 4; i++) {
                sense[3 + i] = (byte) (information >>> (24 - 8 * i));
            }
        }
        sense[7] = FIXED_LENGTH - 8;
        sense[12] = (byte) code.asc();
        sense[13] = (byte) code.ascq();
        if (isKeySpecific()) {
            sense[15] = (byte) keySpecificFlags();
            sense[16] = (byte) (keySpecific() >>> 8);
            sense[17] = (byte) keySpecific();
        }
        return sense;
    }

    /**
     * Descriptor format, current error (SPC-4 4.5.2).
     *
     * <pre>
     * byte 0   72h
     * byte 1   sense key, 2-3 additional sense code and qualifier
     * byte 7   length of the descriptors that follow
     * 00h      information: length 0Ah, 80h, reserved, 8 bytes
     * 02h      sense key specific: length 06h, two reserved, as in the fixed format, reserved
     * </pre>
     */
    public byte[] descriptor() {
        int length = (information == NONE ? 0 : INFORMATION_LENGTH) + (isKeySpecific() ? KEY_SPECIFIC_LENGTH : 0);
        ByteBuffer sense = ByteBuffer.allocate(DESCRIPTOR_LENGTH + length)
                .put((byte) 0x72)
                .put((byte) code.key().number())
                .put((byte) code.asc())
                .put((byte) code.ascq())
                .put(7, (byte) length)
                .position(DESCRIPTOR_LENGTH);
        if (information != NONE) {
            sense.put((byte) 0x00)
                    .put((byte) (INFORMATION_LENGTH - 2))
                    .put((byte) 0x80)
                    .put((byte) 0)
                    .putLong(information);
        }
        if (isKeySpecific()) {
            sense.put((byte) 0x02)
                    .put((byte) (KEY_SPECIFIC_LENGTH - 2))
                    .putShort((short) 0)
                    .put((byte) keySpecificFlags())
                    .putShort((short) keySpecific());
        }
        return sense.array();
    }

    private boolean isKeySpecific() {
        return cdbField >= 0 || progress >= 0;
    }

    private int keySpecificFlags() {
        return cdbField >= 0 ? 0xC0 : 0x80;
    }

    private int keySpecific() {
        return cdbField >= 0 ? cdbField : progress;
    }
}
