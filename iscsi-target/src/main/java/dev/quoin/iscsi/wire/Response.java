package dev.quoin.iscsi.wire;

/** The ten PDUs that a target sends. */
public sealed interface Response extends Pdu {

    int statSn();

    int expCmdSn();

    int maxCmdSn();

    /** A ping, or the answer to one (RFC 7143 11.19). */
    record NopIn(long lun, int initiatorTaskTag, int targetTransferTag, int statSn, int expCmdSn, int maxCmdSn)
            implements Response {
        @Override
        public int opcode() {
            return Opcode.NOP_IN;
        }
    }

    /**
     * The end of a SCSI command (RFC 7143 11.4).
     *
     * @param response 0 if the target completed the command, 1 if it failed
     * @param status the SCSI status
     * @param residual the bytes that did not fit (overflow) or were not used (underflow)
     */
    record ScsiResponse(
            boolean bidirectionalOverflow,
            boolean bidirectionalUnderflow,
            boolean overflow,
            boolean underflow,
            int response,
            int status,
            int initiatorTaskTag,
            int snackTag,
            int statSn,
            int expCmdSn,
            int maxCmdSn,
            int expDataSn,
            long bidirectionalResidual,
            long residual)
            implements Response {
        @Override
        public int opcode() {
            return Opcode.SCSI_RESPONSE;
        }
    }

    /** The end of a task management function (RFC 7143 11.6). */
    record TaskManagementResponse(int response, int initiatorTaskTag, int statSn, int expCmdSn, int maxCmdSn)
            implements Response {
        public static final int COMPLETE = 0;
        public static final int NO_TASK = 1;
        public static final int NO_LUN = 2;
        public static final int STILL_ALLEGIANT = 3;
        public static final int NO_REASSIGN = 4;
        public static final int NOT_SUPPORTED = 5;
        public static final int NOT_AUTHORIZED = 6;
        public static final int REJECTED = 255;

        @Override
        public int opcode() {
            return Opcode.TASK_MANAGEMENT_RESPONSE;
        }
    }

    /** The answer to one step of a login (RFC 7143 11.13). */
    record LoginResponse(
            boolean transit,
            boolean continues,
            int currentStage,
            int nextStage,
            int versionMax,
            int versionActive,
            long isid,
            int tsih,
            int initiatorTaskTag,
            int statSn,
            int expCmdSn,
            int maxCmdSn,
            int statusClass,
            int statusDetail)
            implements Response {
        @Override
        public int opcode() {
            return Opcode.LOGIN_RESPONSE;
        }
    }

    /** Answers to text keys (RFC 7143 11.11). */
    record TextResponse(
            boolean isFinal,
            boolean continues,
            long lun,
            int initiatorTaskTag,
            int targetTransferTag,
            int statSn,
            int expCmdSn,
            int maxCmdSn)
            implements Response {
        @Override
        public int opcode() {
            return Opcode.TEXT_RESPONSE;
        }
    }

    /** Data of a read, the last one with the status (RFC 7143 11.7). */
    record DataIn(
            boolean isFinal,
            boolean acknowledge,
            boolean overflow,
            boolean underflow,
            boolean hasStatus,
            int status,
            long lun,
            int initiatorTaskTag,
            int targetTransferTag,
            int statSn,
            int expCmdSn,
            int maxCmdSn,
            int dataSn,
            long bufferOffset,
            long residual)
            implements Response {
        @Override
        public int opcode() {
            return Opcode.DATA_IN;
        }
    }

    /** The end of a logout (RFC 7143 11.15); times in seconds. */
    record LogoutResponse(
            int response, int initiatorTaskTag, int statSn, int expCmdSn, int maxCmdSn, int time2Wait, int time2Retain)
            implements Response {
        @Override
        public int opcode() {
            return Opcode.LOGOUT_RESPONSE;
        }
    }

    /** The request for data of a write (RFC 7143 11.8). */
    record ReadyToTransfer(
            long lun,
            int initiatorTaskTag,
            int targetTransferTag,
            int statSn,
            int expCmdSn,
            int maxCmdSn,
            int r2tSn,
            long bufferOffset,
            long desiredLength)
            implements Response {
        @Override
        public int opcode() {
            return Opcode.R2T;
        }
    }

    /** News that the target sends unasked (RFC 7143 11.9). */
    record AsyncMessage(
            long lun,
            int statSn,
            int expCmdSn,
            int maxCmdSn,
            int event,
            int vendorCode,
            int parameter1,
            int parameter2,
            int parameter3)
            implements Response {
        public static final int SCSI_EVENT = 0;
        public static final int LOGOUT_REQUESTED = 1;
        public static final int CONNECTION_WILL_DROP = 2;
        public static final int ALL_CONNECTIONS_WILL_DROP = 3;
        public static final int NEGOTIATION_REQUESTED = 4;
        public static final int TASKS_TERMINATED = 5;

        @Override
        public int opcode() {
            return Opcode.ASYNC_MESSAGE;
        }

        @Override
        public int initiatorTaskTag() {
            return Bhs.TAG_NONE;
        }
    }

    /** The refusal of a PDU, whose header is the data segment (RFC 7143 11.17). */
    record Reject(int reason, int statSn, int expCmdSn, int maxCmdSn, int dataSn) implements Response {
        public static final int DATA_DIGEST_ERROR = 0x02;
        public static final int SNACK_REJECT = 0x03;
        public static final int PROTOCOL_ERROR = 0x04;
        public static final int COMMAND_NOT_SUPPORTED = 0x05;
        public static final int TOO_MANY_IMMEDIATE = 0x06;
        public static final int TASK_IN_PROGRESS = 0x07;
        public static final int INVALID_DATA_ACK = 0x08;
        public static final int INVALID_PDU_FIELD = 0x09;
        public static final int OUT_OF_RESOURCES = 0x0A;
        public static final int WAITING_FOR_LOGOUT = 0x0C;

        @Override
        public int opcode() {
            return Opcode.REJECT;
        }

        @Override
        public int initiatorTaskTag() {
            return Bhs.TAG_NONE;
        }
    }
}
