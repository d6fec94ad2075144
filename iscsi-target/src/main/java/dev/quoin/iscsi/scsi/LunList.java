package dev.quoin.iscsi.scsi;

import dev.quoin.iscsi.wire.LunField;
import java.nio.ByteBuffer;
import java.util.Collection;

/** The answer to REPORT LUNS (SPC-4 6.33): list length, four zero bytes, then eight bytes for each unit. */
public final class LunList {

    /** The shortest allocation length that the standard allows. */
    public static final int ALLOCATION_MIN = 16;

    /** The largest value of SELECT REPORT that is known: 0 units, 1 well-known units, 2 both. */
    public static final int SELECT_MAX = 2;

    private static final int SELECT_WELL_KNOWN = 1;

    private LunList() {}

    /** The list for {@code select}; there are no well-known units. */
    public static byte[] of(int select, Collection<LogicalUnit> units) {
        int count = select == SELECT_WELL_KNOWN ? 0 : units.size();
        ByteBuffer data =
                ByteBuffer.allocate(8 + 8 * count).putInt(0, 8 * count).position(8);
        if (count > 0) {
            units.stream().mapToInt(LogicalUnit::number).sorted().forEach(n -> data.putLong(LunField.encode(n)));
        }
        return data.array();
    }
}
