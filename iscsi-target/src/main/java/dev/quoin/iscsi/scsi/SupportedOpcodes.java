package dev.quoin.iscsi.scsi;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answers to REPORT SUPPORTED OPERATION CODES and REPORT SUPPORTED TASK MANAGEMENT FUNCTIONS (SPC-4 6.35, 6.36).
 *
 * <p>The table below is the command set: {@link CdbDecoder} knows each entry, which a test checks.
 */
public final class SupportedOpcodes {

    /** No service action. */
    public static final int NO_ACTION = -1;

    /**
     * A command of the set.
     *
     * @param action the service action or {@link #NO_ACTION}
     * @param usage the CDB usage data: the operation code, then a bit for each bit of the block that is looked at
     */
    public record Entry(int opcode, int action, byte[] usage) {}

    private static final int OPTION_ALL = 0;
    private static final int OPTION_OPCODE = 1;
    private static final int OPTION_ACTION = 2;

    private static final List<Entry> ENTRIES = List.of(
            entry(Cdb.TEST_UNIT_READY, NO_ACTION, "000000000007"),
            entry(Cdb.REQUEST_SENSE, NO_ACTION, "03010000ff07"),
            entry(Cdb.READ_6, NO_ACTION, "081fffffff07"),
            entry(Cdb.WRITE_6, NO_ACTION, "0a1fffffff07"),
            entry(Cdb.INQUIRY, NO_ACTION, "1201ffffff07"),
            entry(Cdb.MODE_SELECT_6, NO_ACTION, "15110000ff07"),
            entry(Cdb.RESERVE_6, NO_ACTION, "160000000007"),
            entry(Cdb.RELEASE_6, NO_ACTION, "170000000007"),
            entry(Cdb.MODE_SENSE_6, NO_ACTION, "1a08ffffff07"),
            entry(Cdb.START_STOP_UNIT, NO_ACTION, "1b010000f307"),
            entry(Cdb.PREVENT_ALLOW, NO_ACTION, "1e0000000307"),
            entry(Cdb.READ_CAPACITY_10, NO_ACTION, "2500ffffffff00000107"),
            entry(Cdb.READ_10, NO_ACTION, "28f8ffffffff00ffff07"),
            entry(Cdb.WRITE_10, NO_ACTION, "2af8ffffffff00ffff07"),
            entry(Cdb.WRITE_AND_VERIFY_10, NO_ACTION, "2ef6ffffffff00ffff07"),
            entry(Cdb.VERIFY_10, NO_ACTION, "2ff6ffffffff00ffff07"),
            entry(Cdb.PRE_FETCH_10, NO_ACTION, "3402ffffffff00ffff07"),
            entry(Cdb.SYNCHRONIZE_CACHE_10, NO_ACTION, "3502ffffffff00ffff07"),
            entry(Cdb.READ_DEFECT_DATA_10, NO_ACTION, "37001f00000000ffff07"),
            entry(Cdb.WRITE_SAME_10, NO_ACTION, "41f8ffffffff00ffff07"),
            entry(Cdb.UNMAP, NO_ACTION, "42010000000000ffff07"),
            entry(Cdb.SANITIZE, Cdb.SANITIZE_OVERWRITE, "48a10000000000ffff07"),
            entry(Cdb.SANITIZE, Cdb.SANITIZE_BLOCK_ERASE, "48a20000000000ffff07"),
            entry(Cdb.SANITIZE, Cdb.SANITIZE_EXIT_FAILURE_MODE, "481f0000000000ffff07"),
            entry(Cdb.LOG_SENSE, NO_ACTION, "4d01ffff00ffffffff07"),
            entry(Cdb.MODE_SELECT_10, NO_ACTION, "55110000000000ffff07"),
            entry(Cdb.MODE_SENSE_10, NO_ACTION, "5a18ffff000000ffff07"),
            entry(Cdb.PERSISTENT_RESERVE_IN, 0, "5e000000000000ffff07"),
            entry(Cdb.PERSISTENT_RESERVE_IN, 1, "5e010000000000ffff07"),
            entry(Cdb.PERSISTENT_RESERVE_IN, 2, "5e020000000000ffff07"),
            entry(Cdb.PERSISTENT_RESERVE_IN, 3, "5e030000000000ffff07"),
            entry(Cdb.PERSISTENT_RESERVE_OUT, 0, "5f00000000ffffffff07"),
            entry(Cdb.PERSISTENT_RESERVE_OUT, 1, "5f01ff0000ffffffff07"),
            entry(Cdb.PERSISTENT_RESERVE_OUT, 2, "5f02ff0000ffffffff07"),
            entry(Cdb.PERSISTENT_RESERVE_OUT, 3, "5f03000000ffffffff07"),
            entry(Cdb.PERSISTENT_RESERVE_OUT, 4, "5f04ff0000ffffffff07"),
            entry(Cdb.PERSISTENT_RESERVE_OUT, 5, "5f05ff0000ffffffff07"),
            entry(Cdb.PERSISTENT_RESERVE_OUT, 6, "5f06000000ffffffff07"),
            entry(Cdb.PERSISTENT_RESERVE_OUT, 7, "5f07000000ffffffff07"),
            entry(Cdb.EXTENDED_COPY, 0, "83000000000000000000ffffffff0007"),
            entry(Cdb.RECEIVE_COPY_RESULTS, CopyData.STATUS, "8400ff00000000000000ffffffff0007"),
            entry(Cdb.RECEIVE_COPY_RESULTS, CopyData.OPERATING_PARAMETERS, "84030000000000000000ffffffff0007"),
            entry(Cdb.READ_16, NO_ACTION, "88f8ffffffffffffffffffffffff0007"),
            entry(Cdb.COMPARE_AND_WRITE, NO_ACTION, "89f8ffffffffffffffff000000ff0007"),
            entry(Cdb.WRITE_16, NO_ACTION, "8af8ffffffffffffffffffffffff0007"),
            entry(Cdb.ORWRITE, NO_ACTION, "8bf8ffffffffffffffffffffffff0007"),
            entry(Cdb.WRITE_AND_VERIFY_16, NO_ACTION, "8ef6ffffffffffffffffffffffff0007"),
            entry(Cdb.VERIFY_16, NO_ACTION, "8ff6ffffffffffffffffffffffff0007"),
            entry(Cdb.PRE_FETCH_16, NO_ACTION, "9002ffffffffffffffffffffffff0007"),
            entry(Cdb.SYNCHRONIZE_CACHE_16, NO_ACTION, "9102ffffffffffffffffffffffff0007"),
            entry(Cdb.WRITE_SAME_16, NO_ACTION, "93f9ffffffffffffffffffffffff0007"),
            entry(Cdb.WRITE_ATOMIC_16, NO_ACTION, "9cf8ffffffffffffffffffffffff0007"),
            entry(Cdb.SERVICE_ACTION_IN_16, Cdb.READ_CAPACITY_16, "9e100000000000000000ffffffff0007"),
            entry(Cdb.SERVICE_ACTION_IN_16, Cdb.GET_LBA_STATUS, "9e12ffffffffffffffffffffffff0007"),
            entry(Cdb.REPORT_LUNS, NO_ACTION, "a000ff000000ffffffff0007"),
            entry(Cdb.MAINTENANCE_IN, Cdb.REPORT_TARGET_PORT_GROUPS, "a3ea00000000ffffffff0007"),
            entry(Cdb.MAINTENANCE_IN, Cdb.REPORT_SUPPORTED_OPCODES, "a30c87ffffffffffffff0007"),
            entry(Cdb.MAINTENANCE_IN, Cdb.REPORT_SUPPORTED_TASK_FUNCTIONS, "a30d80000000ffffffff0007"),
            entry(Cdb.READ_12, NO_ACTION, "a8f8ffffffffffffffff0007"),
            entry(Cdb.WRITE_12, NO_ACTION, "aaf8ffffffffffffffff0007"),
            entry(Cdb.WRITE_AND_VERIFY_12, NO_ACTION, "aef6ffffffffffffffff0007"),
            entry(Cdb.VERIFY_12, NO_ACTION, "aff6ffffffffffffffff0007"),
            entry(Cdb.READ_DEFECT_DATA_12, NO_ACTION, "b71f00000000ffffffff0007"));

    private SupportedOpcodes() {}

    /** All that any unit can do. */
    static List<Entry> all() {
        return ENTRIES;
    }

    /** The command set of a unit: some commands are part of it only where its device can do them. */
    static List<Entry> of(LogicalUnit unit) {
        return ENTRIES.stream().filter(entry -> isOffered(entry, unit)).toList();
    }

    /** Whether a unit, other than those that have the device for it, does not know an operation code at all. */
    public static boolean isUnknown(int opcode, LogicalUnit unit) {
        return switch (opcode) {
            case Cdb.WRITE_ATOMIC_16 -> !unit.device().atomicWrites().any();
            case Cdb.SANITIZE -> unit.device().erasures().isEmpty();
            default -> false;
        };
    }

    private static boolean isOffered(Entry entry, LogicalUnit unit) {
        return switch (entry.opcode()) {
            case Cdb.UNMAP -> unit.thin();
            case Cdb.WRITE_ATOMIC_16 -> unit.device().atomicWrites().any();
            case Cdb.SANITIZE -> unit.sanitizes(entry.action());
            default -> true;
        };
    }

    /** The parameter data, or null if the combination of options, code and action is not allowed. */
    public static byte @Nullable [] answer(ScsiCommand.ReportSupportedOpcodes command, LogicalUnit unit) {
        if (command.options() == OPTION_ALL) {
            return all(command.timeouts(), unit);
        }
        List<Entry> same =
                of(unit).stream().filter(e -> e.opcode() == command.opcode()).toList();
        boolean hasActions = same.stream().anyMatch(e -> e.action() != NO_ACTION);
        if ((command.options() == OPTION_OPCODE && hasActions)
                || (command.options() == OPTION_ACTION && !same.isEmpty() && !hasActions)) {
            return null;
        }
        int action = hasActions ? command.serviceAction() : NO_ACTION;
        return same.stream()
                .filter(e -> e.action() == action)
                .findFirst()
                .map(e -> one(e, command.timeouts()))
                .orElseGet(() -> new byte[] {0, 1, 0, 0});
    }

    /** Every command: 4 bytes of length, then 8 bytes each, 12 more with timeouts. */
    private static byte[] all(boolean timeouts, LogicalUnit unit) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (Entry entry : of(unit)) {
            ByteBuffer descriptor = ByteBuffer.allocate(8);
            descriptor.put((byte) entry.opcode());
            descriptor.putShort(2, (short) Math.max(0, entry.action()));
            descriptor.put(5, (byte) ((timeouts ? 2 : 0) | (entry.action() == NO_ACTION ? 0 : 1)));
            descriptor.putShort(6, (short) entry.usage().length);
            out.writeBytes(descriptor.array());
            if (timeouts) {
                out.writeBytes(noTimeouts());
            }
        }
        return ByteBuffer.allocate(4 + out.size())
                .putInt(out.size())
                .put(out.toByteArray())
                .array();
    }

    /** One command: support 3 (as the standard says), length and usage data. */
    private static byte[] one(Entry entry, boolean timeouts) {
        byte[] usage = entry.usage();
        ByteBuffer data = ByteBuffer.allocate(4 + usage.length + (timeouts ? 12 : 0));
        data.put(1, (byte) (3 | (timeouts ? 0x80 : 0)))
                .putShort(2, (short) usage.length)
                .put(4, usage);
        if (timeouts) {
            data.put(4 + usage.length, noTimeouts());
        }
        return data.array();
    }

    /** A command timeouts descriptor that gives no timeouts: length 10 and zeroes. */
    private static byte[] noTimeouts() {
        return ByteBuffer.allocate(12).putShort((short) 10).array();
    }

    /** ABORT TASK, ABORT TASK SET, CLEAR TASK SET, LOGICAL UNIT RESET and TARGET RESET are supported. */
    public static byte[] taskFunctions(boolean extended) {
        byte[] data = new byte[extended ? 16 : 4];
        data[0] = (byte) (0x80 | 0x40 | 0x10 | 0x08 | 0x02);
        if (extended) {
            data[3] = 12;
        }
        return data;
    }

    private static Entry entry(int opcode, int action, String usage) {
        return new Entry(opcode, action, HexFormat.of().parseHex(usage));
    }
}
