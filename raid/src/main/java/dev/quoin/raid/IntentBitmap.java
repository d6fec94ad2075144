package dev.quoin.raid;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which regions of the array were written since all members were last known to be equal.
 *
 * <p>A bit is on its way to all members before the journal part that needs it, and is made durable by the same flush, hence
 * before anything is written in place. Bits are cleared lazily, by a checkpoint, and never while a member is missing: then
 * they tell what that member would have to catch up with. Two slots, written in turn; little-endian, 4,096 bytes:
 *
 * <pre>
 * offset | size  | field
 *      0 |     4 | magic 0x504d4251 ("QBMP")
 *      4 |     4 | CRC32C of the 4,096 bytes with this field zero
 *      8 |    16 | array UUID
 *     24 |     8 | update: counts the writes of this page
 *     32 |     8 | bands for each bit
 *     40 |    24 | zero
 *     64 | 4,032 | bits, lowest first
 * </pre>
 *
 * <p>Not safe for use by several threads; the journal's lock guards it.
 */
final class IntentBitmap {

    static final int SIZE = 4096;
    private static final int MAGIC = 0x504d4251;
    private static final int CRC_AT = 4;
    private static final int BITS_AT = 64;
    private static final int BITS_MAX = (SIZE - BITS_AT) * 8;
    private static final long REGION_MIN = 4L * 1024 * 1024;
    private static final int REGIONS_MIN = 64;

    private final UUID array;
    private final long bandsPerBit;
    private final BitSet bits;
    private final BitSet recent = new BitSet();
    private long update;

    private IntentBitmap(UUID array, long bandsPerBit, long update, BitSet bits) {
        this.array = array;
        this.bandsPerBit = bandsPerBit;
        this.update = update;
        this.bits = bits;
    }

    /**
     * A bitmap without bits. A region is 4 MiB of each member, less on a small member so that it has several, or as much more as makes all
     * bits fit in the page.
     */
    static IntentBitmap empty(UUID array, long bands, int bandBytes) {
        long bandsPerBit = Math.clamp(REGION_MIN / bandBytes, 1, Math.max(1, bands / REGIONS_MIN));
        while ((bands + bandsPerBit - 1) / bandsPerBit > BITS_MAX) {
            bandsPerBit *= 2;
        }
        return new IntentBitmap(array, bandsPerBit, 0, new BitSet());
    }

    /** The bitmap in a slot, or null if there is no valid one of this array. */
    static @Nullable IntentBitmap decode(ByteBuffer bytes, UUID array) {
        ByteBuffer b = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        boolean ours = new UUID(b.getLong(8), b.getLong(16)).equals(array);
        if (b.getInt(0) != MAGIC || !Crc.holds(b, SIZE, CRC_AT) || !ours || b.getLong(32) <= 0) {
            return null;
        }
        BitSet bits = BitSet.valueOf(b.slice(BITS_AT, SIZE - BITS_AT));
        return new IntentBitmap(array, b.getLong(32), b.getLong(24), bits);
    }

    /** Whether nothing was ever written to a slot. */
    static boolean isUnused(ByteBuffer bytes) {
        return bytes.equals(ByteBuffer.allocate(SIZE));
    }

    ByteBuffer encode() {
        ByteBuffer b = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
        b.putInt(0, MAGIC);
        b.putLong(8, array.getMostSignificantBits()).putLong(16, array.getLeastSignificantBits());
        b.putLong(24, update).putLong(32, bandsPerBit);
        b.put(BITS_AT, bits.toByteArray());
        Crc.seal(b, SIZE, CRC_AT);
        return b;
    }

    /** Sets the bit of a band; true if it was not set, so that the page must be written. */
    boolean set(long band) {
        int bit = bit(band);
        recent.set(bit);
        if (bits.get(bit)) {
            return false;
        }
        bits.set(bit);
        return true;
    }

    /** Forgets all bits that were not set again since the last call; true if there were any. */
    boolean clearOld() {
        boolean any = bits.cardinality() != recent.cardinality();
        bits.and(recent);
        recent.clear();
        return any;
    }

    /** Takes over all bits of another bitmap of the same array, which may have had another size. */
    void addAll(IntentBitmap other) {
        for (int bit = other.bits.nextSetBit(0); bit >= 0; bit = other.bits.nextSetBit(bit + 1)) {
            long first = bit * other.bandsPerBit;
            long last = first + other.bandsPerBit - 1;
            bits.set(bit(first), Math.min(bit(last) + 1, BITS_MAX));
        }
        update = Math.max(update, other.update);
    }

    /** Begins a new version and gives the place where its page belongs. */
    long nextOffset() {
        update++;
        return Regions.BITMAP_OFFSET + (update & 1) * SIZE;
    }

    long update() {
        return update;
    }

    boolean get(long band) {
        return bits.get(bit(band));
    }

    int count() {
        return bits.cardinality();
    }

    private int bit(long band) {
        return (int) (band / bandsPerBit);
    }
}
