package dev.quoin.iscsi.scsi;

import static dev.quoin.iscsi.scsi.SenseKey.ABORTED_COMMAND;
import static dev.quoin.iscsi.scsi.SenseKey.DATA_PROTECT;
import static dev.quoin.iscsi.scsi.SenseKey.HARDWARE_ERROR;
import static dev.quoin.iscsi.scsi.SenseKey.ILLEGAL_REQUEST;
import static dev.quoin.iscsi.scsi.SenseKey.MEDIUM_ERROR;
import static dev.quoin.iscsi.scsi.SenseKey.NOT_READY;

/** The senses that the target reports, with the additional sense codes of SPC-4 annex F. */
public enum SenseCode {
    NO_ADDITIONAL_SENSE(SenseKey.NO_SENSE, 0x00, 0x00),
    TARGET_PORT_UNAVAILABLE(NOT_READY, 0x04, 0x0C),
    UNRECOVERED_READ_ERROR(MEDIUM_ERROR, 0x11, 0x00),
    WRITE_ERROR(MEDIUM_ERROR, 0x0C, 0x00),
    INTERNAL_TARGET_FAILURE(HARDWARE_ERROR, 0x44, 0x00),
    PARAMETER_LIST_LENGTH_ERROR(ILLEGAL_REQUEST, 0x1A, 0x00),
    INVALID_COMMAND_OPERATION_CODE(ILLEGAL_REQUEST, 0x20, 0x00),
    LBA_OUT_OF_RANGE(ILLEGAL_REQUEST, 0x21, 0x00),
    INVALID_FIELD_IN_CDB(ILLEGAL_REQUEST, 0x24, 0x00),
    LOGICAL_UNIT_NOT_SUPPORTED(ILLEGAL_REQUEST, 0x25, 0x00),
    INVALID_FIELD_IN_PARAMETER_LIST(ILLEGAL_REQUEST, 0x26, 0x00),
    SAVING_PARAMETERS_NOT_SUPPORTED(ILLEGAL_REQUEST, 0x39, 0x00),
    POWER_ON_OR_RESET(SenseKey.UNIT_ATTENTION, 0x29, 0x00),
    BUS_DEVICE_RESET_OCCURRED(SenseKey.UNIT_ATTENTION, 0x29, 0x03),
    I_T_NEXUS_LOSS(SenseKey.UNIT_ATTENTION, 0x29, 0x07),
    COMMANDS_CLEARED_BY_ANOTHER_INITIATOR(SenseKey.UNIT_ATTENTION, 0x2F, 0x00),
    REPORTED_LUNS_CHANGED(SenseKey.UNIT_ATTENTION, 0x3F, 0x0E),
    WRITE_PROTECTED(DATA_PROTECT, 0x27, 0x00),
    SPACE_ALLOCATION_FAILED(DATA_PROTECT, 0x27, 0x07),
    INVALID_FIELD_IN_COMMAND_INFORMATION_UNIT(ILLEGAL_REQUEST, 0x0E, 0x03),
    PROTOCOL_SERVICE_CRC_ERROR(ABORTED_COMMAND, 0x47, 0x05),
    DATA_PHASE_ERROR(ABORTED_COMMAND, 0x4B, 0x00),
    UNEXPECTED_UNSOLICITED_DATA(ABORTED_COMMAND, 0x0C, 0x0C),
    MISCOMPARE_DURING_VERIFY(SenseKey.MISCOMPARE, 0x1D, 0x00);

    private final SenseKey key;
    private final int asc;
    private final int ascq;

    SenseCode(SenseKey key, int asc, int ascq) {
        this.key = key;
        this.asc = asc;
        this.ascq = ascq;
    }

    public SenseKey key() {
        return key;
    }

    /** The additional sense code. */
    public int asc() {
        return asc;
    }

    /** The additional sense code qualifier. */
    public int ascq() {
        return ascq;
    }
}
