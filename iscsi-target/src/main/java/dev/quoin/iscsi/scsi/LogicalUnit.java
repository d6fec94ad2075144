package dev.quoin.iscsi.scsi;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.Erasure;
import dev.quoin.device.Geometry;
import dev.quoin.iscsi.wire.LunField;
import java.util.Set;

/**
 * A device under the number by which initiators address it. The target does not close the device.
 *
 * @param number 0 to 16,383; a target should have a unit 0
 * @param readOnly whether writes are refused before they reach the device
 * @param initiators the iSCSI names, in lower case, of those for whom the unit is there (LUN masking); empty for all
 */
public record LogicalUnit(
        int number, BlockDevice device, UnitIdentity identity, boolean readOnly, Set<String> initiators) {

    /**
     * The longest READ, WRITE or VERIFY in bytes, which VPD page B0h announces. It bounds what one command can hold in memory.
     */
    public static final int TRANSFER_BYTES_MAX = 4 << 20;

    /**
     * The longest WRITE SAME in bytes, which VPD page B0h announces. A pattern is really written, so it is no longer than a
     * WRITE; initiators that zero much send many at once.
     */
    public static final long WRITE_SAME_BYTES_MAX = TRANSFER_BYTES_MAX;

    /** The most blocks in one COMPARE AND WRITE, which VPD page B0h announces. */
    public static final int COMPARE_BLOCKS_MAX = 255;

    /** The most blocks in one UNMAP, which VPD page B0h announces. It bounds how long one command can take. */
    public static final int UNMAP_BLOCKS_MAX = 1 << 20;

    /** The most ranges in one UNMAP, which VPD page B0h announces. */
    public static final int UNMAP_RANGES_MAX = 256;

    public LogicalUnit {
        initiators = Set.copyOf(initiators);
        if (number < 0 || number > LunField.NUMBER_MAX) {
            throw new IllegalArgumentException(
                    "logical unit number " + number + " found, 0 to " + LunField.NUMBER_MAX + " expected");
        }
    }

    /** A unit that may be written. */
    public LogicalUnit(int number, BlockDevice device, UnitIdentity identity) {
        this(number, device, identity, false);
    }

    /** A unit for all initiators. */
    public LogicalUnit(int number, BlockDevice device, UnitIdentity identity, boolean readOnly) {
        this(number, device, identity, readOnly, Set.of());
    }

    /** The same, there for these initiators alone, named in lower case; for all if there are none. */
    public LogicalUnit forInitiators(Set<String> names) {
        return new LogicalUnit(number, device, identity, readOnly, names);
    }

    /** Whether the unit is there for an initiator of this name in lower case. */
    public boolean isFor(String initiator) {
        return initiators.isEmpty() || initiators.contains(initiator);
    }

    /** The geometry of the device. */
    public Geometry geometry() {
        return device.geometry();
    }

    /** Whether a service action of SANITIZE can be honoured. */
    public boolean sanitizes(int action) {
        Set<Erasure> erasures = device.erasures();
        return switch (action) {
            case Cdb.SANITIZE_OVERWRITE -> erasures.contains(Erasure.OVERWRITE);
            case Cdb.SANITIZE_BLOCK_ERASE -> erasures.contains(Erasure.DISCARD) && thin();
            case Cdb.SANITIZE_EXIT_FAILURE_MODE -> !erasures.isEmpty();
            default -> false;
        };
    }

    /** Whether initiators are told that they may unmap: only where unmapped blocks then read as zeroes. */
    public boolean thin() {
        return device.geometry().discardZeroes();
    }
}
