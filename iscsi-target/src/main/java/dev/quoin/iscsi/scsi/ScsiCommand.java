package dev.quoin.iscsi.scsi;

/** A decoded command block. What a unit does not know is {@link Unsupported}, what it cannot accept {@link InvalidField}. */
public sealed interface ScsiCommand {

    /** A command that may take its time, and may take data from the initiator. */
    sealed interface Lasting extends ScsiCommand {}

    /** A command other than READ that works on the blocks of a unit. */
    sealed interface OnMedium extends Lasting {}

    /** A command that comes with a parameter list. */
    sealed interface WithList extends Lasting {
        /** The length of the list in bytes. */
        int listLength();
    }

    /** TEST UNIT READY (SPC-4 6.47). */
    record TestUnitReady() implements ScsiCommand {}

    /** REQUEST SENSE (SPC-4 6.39). */
    record RequestSense(boolean descriptor, int allocationLength) implements ScsiCommand {}

    /** INQUIRY (SPC-4 6.6). */
    record Inquiry(boolean vital, int page, int allocationLength) implements ScsiCommand {}

    /** READ of any form (SBC-4 5.9 to 5.12). */
    record Read(long lba, long blocks) implements ScsiCommand {}

    /** WRITE of any form (SBC-4 5.39 to 5.42). */
    record Write(long lba, long blocks, boolean fua) implements OnMedium {}

    /**
     * VERIFY of any form (SBC-4 5.33 to 5.35).
     *
     * @param byteCheck 0 medium only, 1 compare with as much data, 3 compare each block with one block of data
     */
    record Verify(long lba, long blocks, int byteCheck) implements OnMedium {}

    /**
     * WRITE AND VERIFY of any form (SBC-4 5.44 to 5.46).
     *
     * @param byteCheck 0 medium only, 1 compare with the data
     */
    record WriteAndVerify(long lba, long blocks, int byteCheck) implements OnMedium {}

    /** COMPARE AND WRITE (SBC-4 5.3): twice as much data as blocks, first what is to be there, then what is to be written. */
    record CompareAndWrite(long lba, long blocks, boolean fua) implements OnMedium {}

    /** ORWRITE (16) with an operation of 0: what is there or the data (SBC-4 5.7). */
    record OrWrite(long lba, long blocks, boolean fua) implements OnMedium {}

    /** WRITE ATOMIC (16) without an atomic boundary (SBC-4 5.48). */
    record WriteAtomic(long lba, long blocks, boolean fua) implements OnMedium {}

    /**
     * SANITIZE (SBC-4 5.30).
     *
     * @param immediate whether it is answered when it has begun
     * @param unrestricted whether a failure may be left without a success (AUSE)
     */
    record Sanitize(int action, boolean immediate, boolean unrestricted, int listLength) implements WithList {}

    /** PRE-FETCH (SBC-4 5.9, 5.10); {@code blocks} 0 means to the end. */
    record Prefetch(long lba, long blocks) implements ScsiCommand {}

    /** READ DEFECT DATA (SBC-4 5.16, 5.17): there are no defects that an initiator could do anything about. */
    record ReadDefectData(boolean twelve, int lists, int format, int allocationLength) implements ScsiCommand {}

    /** SYNCHRONIZE CACHE (SBC-4 5.26, 5.27); {@code blocks} 0 means to the end. */
    record SynchronizeCache(long lba, long blocks, boolean immediate) implements OnMedium {}

    /** WRITE SAME (SBC-4 5.49, 5.50). */
    record WriteSame(long lba, long blocks, boolean unmap, boolean anchor, boolean noData) implements OnMedium {}

    /** UNMAP (SBC-4 5.31). */
    record Unmap(boolean anchor, int parameterLength) implements OnMedium {}

    /** READ CAPACITY (10) (SBC-4 5.13). */
    record ReadCapacity10() implements ScsiCommand {}

    /** READ CAPACITY (16) (SBC-4 5.14). */
    record ReadCapacity16(int allocationLength) implements ScsiCommand {}

    /** GET LBA STATUS (SBC-4 5.6). */
    record GetLbaStatus(long lba, int allocationLength) implements ScsiCommand {}

    /** MODE SENSE (6) and (10) (SPC-4 6.13, 6.14). */
    record ModeSense(
            boolean ten,
            boolean noBlockDescriptor,
            boolean longLba,
            int pageControl,
            int page,
            int subpage,
            int allocationLength)
            implements ScsiCommand {}

    /** MODE SELECT (6) and (10) (SPC-4 6.11, 6.12). */
    record ModeSelect(boolean ten, boolean pages, boolean save, int listLength) implements WithList {}

    /** LOG SENSE (SPC-4 6.8). */
    record LogSense(int page, int subpage, boolean save, int parameter, int allocationLength) implements ScsiCommand {}

    /** RESERVE (6) of the whole unit for the initiator itself (SPC-2 7.21). */
    record Reserve() implements ScsiCommand {}

    /** RELEASE (6) (SPC-2 7.16). */
    record Release() implements ScsiCommand {}

    /** PERSISTENT RESERVE IN (SPC-4 6.15). */
    record PersistentReserveIn(int action, int allocationLength) implements ScsiCommand {}

    /** PERSISTENT RESERVE OUT (SPC-4 6.16). */
    record PersistentReserveOut(int action, int scope, int type, int listLength) implements WithList {}

    /** EXTENDED COPY (LID1) (SPC-4 6.4). */
    record ExtendedCopy(int listLength) implements WithList {}

    /** RECEIVE COPY RESULTS (SPC-4 6.20): the status of a copy, or what copies there can be. */
    record ReceiveCopyResults(int action, int listId, int allocationLength) implements ScsiCommand {}

    /** REPORT TARGET PORT GROUPS (SPC-4 6.37). */
    record ReportTargetPortGroups(boolean extended, int allocationLength) implements ScsiCommand {}

    /** REPORT LUNS (SPC-4 6.33). */
    record ReportLuns(int select, int allocationLength) implements ScsiCommand {}

    /** START STOP UNIT with START set and nothing else (SBC-4 5.25): the unit is always started. */
    record StartUnit() implements ScsiCommand {}

    /** PREVENT ALLOW MEDIUM REMOVAL (SBC-4 5.8): no medium can be removed anyway. */
    record PreventAllow(int prevent) implements ScsiCommand {}

    /** REPORT SUPPORTED OPERATION CODES (SPC-4 6.35). */
    record ReportSupportedOpcodes(int options, boolean timeouts, int opcode, int serviceAction, int allocationLength)
            implements ScsiCommand {}

    /** REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS (SPC-4 6.36). */
    record ReportSupportedTaskFunctions(boolean extended, int allocationLength) implements ScsiCommand {}

    /** An operation code or service action that no unit here knows. */
    record Unsupported(int opcode) implements ScsiCommand {}

    /** A known command with a value that cannot be accepted, at this byte of the command block. */
    record InvalidField(int cdbByte) implements ScsiCommand {}
}
