package dev.quoin.iscsi.wire;

/** The operation codes of the 18 PDU types (RFC 7143 11.2.1.2). */
public final class Opcode {

    public static final int NOP_OUT = 0x00;
    public static final int SCSI_COMMAND = 0x01;
    public static final int TASK_MANAGEMENT_REQUEST = 0x02;
    public static final int LOGIN_REQUEST = 0x03;
    public static final int TEXT_REQUEST = 0x04;
    public static final int DATA_OUT = 0x05;
    public static final int LOGOUT_REQUEST = 0x06;
    public static final int SNACK = 0x10;

    public static final int NOP_IN = 0x20;
    public static final int SCSI_RESPONSE = 0x21;
    public static final int TASK_MANAGEMENT_RESPONSE = 0x22;
    public static final int LOGIN_RESPONSE = 0x23;
    public static final int TEXT_RESPONSE = 0x24;
    public static final int DATA_IN = 0x25;
    public static final int LOGOUT_RESPONSE = 0x26;
    public static final int R2T = 0x31;
    public static final int ASYNC_MESSAGE = 0x32;
    public static final int REJECT = 0x3F;

    private Opcode() {}

    /** Whether the code is one that an initiator sends. */
    public static boolean isRequest(int opcode) {
        return (opcode >= NOP_OUT && opcode <= LOGOUT_REQUEST) || opcode == SNACK;
    }

    /** Whether the code is one that a target sends. */
    public static boolean isResponse(int opcode) {
        return (opcode >= NOP_IN && opcode <= LOGOUT_RESPONSE)
                || opcode == R2T
                || opcode == ASYNC_MESSAGE
                || opcode == REJECT;
    }
}
