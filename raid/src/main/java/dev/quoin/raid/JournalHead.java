package dev.quoin.raid;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Where the replay of a member's journal ring begins. Two slots, written in turn; little-endian, 4,096 bytes:
 *
 * <pre>
 * offset | size | field
 *      0 |    4 | magic 0x4a4e5251 ("QRNJ")
 *      4 |    4 | CRC32C of the 4,096 bytes with this field zero
 *      8 |   16 | array UUID
 *     24 |    8 | generation: the array's events when it was last started; parts of another generation are void
 *     32 |    8 | update: counts the writes of this head within the generation
 *     40 |    8 | settled: all batches up to this sequence number are in place, durably
 *     48 |    8 | tail: offset in the ring where the first part behind them begins
 * </pre>
 */
record JournalHead(UUID array, long generation, long update, long settled, long tail) {

    static final int SIZE = 4096;
    private static final int MAGIC = 0x4a4e5251;
    private static final int CRC_AT = 4;

    ByteBuffer encode() {
        ByteBuffer b = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
        b.putInt(0, MAGIC);
        b.putLong(8, array.getMostSignificantBits()).putLong(16, array.getLeastSignificantBits());
        b.putLong(24, generation).putLong(32, update).putLong(40, settled).putLong(48, tail);
        Crc.seal(b, SIZE, CRC_AT);
        return b;
    }

    /** The head in a slot, or null if there is no valid one of this array. */
    static @Nullable JournalHead decode(ByteBuffer bytes, UUID array) {
        ByteBuffer b = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        UUID found = new UUID(b.getLong(8), b.getLong(16));
        if (b.getInt(0) != MAGIC || !Crc.holds(b, SIZE, CRC_AT) || !found.equals(array)) {
            return null;
        }
        return new JournalHead(found, b.getLong(24), b.getLong(32), b.getLong(40), b.getLong(48));
    }

    /** Where the slot of this update lies on the member. */
    long offset() {
        return Regions.JOURNAL_HEADS_OFFSET + (update & 1) * SIZE;
    }

    /** The newer of two heads, of which either may be missing. */
    static @Nullable JournalHead newer(@Nullable JournalHead a, @Nullable JournalHead b) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        boolean first = a.generation != b.generation ? a.generation > b.generation : a.update >= b.update;
        return first ? a : b;
    }
}
