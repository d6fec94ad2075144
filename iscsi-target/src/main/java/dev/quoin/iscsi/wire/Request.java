package dev.quoin.iscsi.wire;

/** The eight PDUs that an initiator sends. */
public sealed interface Request extends Pdu {

    /** A ping, or the answer to one (RFC 7143 11.18). */
    record NopOut(boolean immediate, long lun, int initiatorTaskTag, int targetTransferTag, int cmdSn, int expStatSn)
            implements Request {
        @Override
        public int opcode() {
            return Opcode.NOP_OUT;
        }
    }

    /**
     * A SCSI command (RFC 7143 11.3).
     *
     * @param attribute the task attribute: 0 untagged, 1 simple, 2 ordered, 3 head of queue, 4 ACA
     * @param expectedLength bytes that the initiator expects to move
     * @param cdbHigh bytes 0 to 7 of the command descriptor block
     * @param cdbLow bytes 8 to 15
     */
    record ScsiCommand(
            boolean immediate,
            boolean isFinal,
            boolean read,
            boolean write,
            int attribute,
            long lun,
            int initiatorTaskTag,
            long expectedLength,
            int cmdSn,
            int expStatSn,
            long cdbHigh,
            long cdbLow)
            implements Request {
        @Override
        public int opcode() {
            return Opcode.SCSI_COMMAND;
        }
    }

    /** A task management function (RFC 7143 11.5); {@code function} is 1 to 8. */
    record TaskManagement(
            boolean immediate,
            int function,
            long lun,
            int initiatorTaskTag,
            int referencedTaskTag,
            int cmdSn,
            int expStatSn,
            int refCmdSn,
            int expDataSn)
            implements Request {
        public static final int ABORT_TASK = 1;
        public static final int ABORT_TASK_SET = 2;
        public static final int CLEAR_ACA = 3;
        public static final int CLEAR_TASK_SET = 4;
        public static final int LOGICAL_UNIT_RESET = 5;
        public static final int TARGET_WARM_RESET = 6;
        public static final int TARGET_COLD_RESET = 7;
        public static final int TASK_REASSIGN = 8;

        @Override
        public int opcode() {
            return Opcode.TASK_MANAGEMENT_REQUEST;
        }
    }

    /**
     * One step of a login (RFC 7143 11.12).
     *
     * @param currentStage 0 security, 1 operational, 3 full feature
     * @param isid the initiator's part of the session identifier, 48 bits
     */
    record Login(
            boolean transit,
            boolean continues,
            int currentStage,
            int nextStage,
            int versionMax,
            int versionMin,
            long isid,
            int tsih,
            int initiatorTaskTag,
            int connectionId,
            int cmdSn,
            int expStatSn)
            implements Request {
        @Override
        public int opcode() {
            return Opcode.LOGIN_REQUEST;
        }
    }

    /** Text keys in the full feature phase (RFC 7143 11.10). */
    record Text(
            boolean immediate,
            boolean isFinal,
            boolean continues,
            long lun,
            int initiatorTaskTag,
            int targetTransferTag,
            int cmdSn,
            int expStatSn)
            implements Request {
        @Override
        public int opcode() {
            return Opcode.TEXT_REQUEST;
        }
    }

    /** Data of a write (RFC 7143 11.7). */
    record DataOut(
            boolean isFinal,
            long lun,
            int initiatorTaskTag,
            int targetTransferTag,
            int expStatSn,
            int dataSn,
            long bufferOffset)
            implements Request {
        @Override
        public int opcode() {
            return Opcode.DATA_OUT;
        }
    }

    /** The wish to end a session or a connection (RFC 7143 11.14); {@code reason} is 0 to 2. */
    record Logout(boolean immediate, int reason, int initiatorTaskTag, int connectionId, int cmdSn, int expStatSn)
            implements Request {
        public static final int CLOSE_SESSION = 0;
        public static final int CLOSE_CONNECTION = 1;
        public static final int REMOVE_FOR_RECOVERY = 2;

        @Override
        public int opcode() {
            return Opcode.LOGOUT_REQUEST;
        }
    }

    /** A request for lost PDUs (RFC 7143 11.16); {@code type} is 0 to 3. */
    record Snack(
            int type, long lun, int initiatorTaskTag, int targetTransferTag, int expStatSn, int begRun, int runLength)
            implements Request {
        @Override
        public int opcode() {
            return Opcode.SNACK;
        }
    }
}
