package dev.quoin.iscsi.initiator;

import dev.quoin.device.DeviceException.Code;
import java.nio.ByteBuffer;

/**
 * What the sense data of a failed command says, in fixed or descriptor format (SPC-4 4.5).
 *
 * @param key the sense key, 0 to 15
 * @param asc the additional sense code
 * @param ascq its qualifier
 */
record SenseFault(int key, int asc, int ascq) {

    private static final int NOT_READY = 0x2;
    private static final int MEDIUM_ERROR = 0x3;
    private static final int HARDWARE_ERROR = 0x4;
    private static final int ILLEGAL_REQUEST = 0x5;
    private static final int UNIT_ATTENTION = 0x6;
    private static final int DATA_PROTECT = 0x7;
    private static final int ABORTED_COMMAND = 0xB;

    /** Reads sense data; what is too short to say anything is an aborted command. */
    static SenseFault parse(ByteBuffer in, int at, int length) {
        int code = length > 0 ? in.get(at) & 0x7F : 0;
        boolean descriptor = code == 0x72 || code == 0x73;
        if (descriptor && length >= 4) {
            return new SenseFault(in.get(at + 1) & 0x0F, in.get(at + 2) & 0xFF, in.get(at + 3) & 0xFF);
        }
        if (!descriptor && length >= 3) {
            int asc = length >= 13 ? in.get(at + 12) & 0xFF : 0;
            int ascq = length >= 14 ? in.get(at + 13) & 0xFF : 0;
            return new SenseFault(in.get(at + 2) & 0x0F, asc, ascq);
        }
        return new SenseFault(ABORTED_COMMAND, 0, 0);
    }

    /** Whether the command was not executed because the unit had something to tell. */
    boolean attention() {
        return key == UNIT_ATTENTION;
    }

    /** Whether the unit has another size than before. */
    boolean capacityChanged() {
        return attention() && asc == 0x2A && ascq == 0x09;
    }

    /** Whether the unit has little space left for what is written. */
    boolean spaceLow() {
        return attention() && asc == 0x38 && ascq == 0x07;
    }

    /** Whether commands at the target may be lost: it was reset, or another initiator cleared them. */
    boolean tasksLost() {
        return attention() && (asc == 0x29 || asc == 0x2F);
    }

    /** Whether the same command may do better in a moment. */
    boolean passing() {
        return attention() || key == ABORTED_COMMAND || (key == NOT_READY && asc == 0x04 && ascq != 0x0C);
    }

    /** What the failure is to a user of the device. */
    Code code() {
        return switch (key) {
            case MEDIUM_ERROR -> Code.MEDIUM_ERROR;
            case HARDWARE_ERROR -> Code.GONE;
            case NOT_READY -> asc == 0x04 && ascq == 0x0C ? Code.FENCED : Code.GONE;
            case DATA_PROTECT -> asc == 0x27 && ascq == 0x07 ? Code.NO_SPACE : Code.READ_ONLY;
            case ILLEGAL_REQUEST ->
                switch (asc) {
                    case 0x21 -> Code.OUT_OF_RANGE;
                    case 0x25 -> Code.GONE;
                    default -> Code.UNSUPPORTED;
                };
            default -> Code.GONE;
        };
    }

    @Override
    public String toString() {
        return "sense %x/%02x/%02x".formatted(key, asc, ascq);
    }
}
