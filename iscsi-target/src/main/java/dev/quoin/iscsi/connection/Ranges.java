package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.Sense;
import dev.quoin.iscsi.scsi.SenseCode;
import org.jspecify.annotations.Nullable;

/** Whether a command addresses blocks that a unit has (SBC-4 4.17). */
final class Ranges {

    private static final Outcome OUT_OF_RANGE = Outcomes.check(SenseCode.LBA_OUT_OF_RANGE);
    private static final Outcome TOO_LONG = new Outcome.Check(Sense.of(SenseCode.INVALID_FIELD_IN_CDB));

    private Ranges() {}

    /**
     * Checks a run of blocks.
     *
     * @param lba unsigned: a negative number is beyond every unit
     * @param bytesMax the longest run that the command may have
     * @return how the command ends, or null if the range is good
     */
    static @Nullable Outcome check(LogicalUnit unit, long lba, long blocks, long bytesMax) {
        long count = unit.geometry().blockCount();
        if (lba < 0 || lba > count || blocks > count - lba || (blocks == 0 && lba == count)) {
            return OUT_OF_RANGE;
        }
        return blocks > bytesMax / unit.geometry().blockSize() ? TOO_LONG : null;
    }
}
