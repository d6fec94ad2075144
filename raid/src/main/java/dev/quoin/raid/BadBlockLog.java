package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * The cells of a member whose content is known to be lost: neither readable nor to be had from the other members.
 *
 * <p>For people and tools; that such a cell is never returned as good is the work of its checksum entry. Kept in memory, stored
 * by the next checkpoint. Little-endian, 64 KiB:
 *
 * <pre>
 * offset | size | field
 *      0 |    4 | magic 0x4c424251 ("QBBL")
 *      4 |    4 | CRC32C of the 64 KiB with this field zero
 *      8 |   16 | array UUID
 *     24 |    4 | number of cells listed
 *     28 |    4 | 1 if there were more than fit
 *     32 |    8 | for each: cell of the data region
 * </pre>
 */
final class BadBlockLog {

    /** How many blocks are listed. */
    static final int BLOCKS_MAX = (Regions.BAD_BLOCKS_LENGTH - 32) / 8;

    private static final int MAGIC = 0x4c424251;
    private static final int CRC_AT = 4;

    private final ConcurrentSkipListSet<Long> blocks = new ConcurrentSkipListSet<>();
    private volatile boolean changed;

    /** Reads the log of a member; a damaged one is empty, as its content is only a convenience. Blocking. */
    static BadBlockLog load(BlockDevice device, UUID array) throws DeviceException {
        BadBlockLog log = new BadBlockLog();
        ByteBuffer b = BlockIo.read(device, Regions.BAD_BLOCKS_OFFSET, Regions.BAD_BLOCKS_LENGTH)
                .order(ByteOrder.LITTLE_ENDIAN);
        boolean ours = new UUID(b.getLong(8), b.getLong(16)).equals(array);
        if (b.getInt(0) == MAGIC && ours && Crc.holds(b, Regions.BAD_BLOCKS_LENGTH, CRC_AT)) {
            int count = Math.min(b.getInt(24), BLOCKS_MAX);
            for (int i = 0; i < count; i++) {
                log.blocks.add(b.getLong(32 + i * 8));
            }
        }
        return log;
    }

    ByteBuffer encode(UUID array) {
        ByteBuffer b = ByteBuffer.allocate(Regions.BAD_BLOCKS_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        List<Long> listed = new ArrayList<>(blocks);
        int count = Math.min(listed.size(), BLOCKS_MAX);
        b.putInt(0, MAGIC);
        b.putLong(8, array.getMostSignificantBits()).putLong(16, array.getLeastSignificantBits());
        b.putInt(24, count).putInt(28, count < listed.size() ? 1 : 0);
        for (int i = 0; i < count; i++) {
            b.putLong(32 + i * 8, listed.get(i));
        }
        Crc.seal(b, Regions.BAD_BLOCKS_LENGTH, CRC_AT);
        return b;
    }

    void add(long block) {
        if (blocks.add(block)) {
            changed = true;
        }
    }

    /** Called for each block that is written; costs nothing while the log is empty. */
    void remove(long block) {
        if (!blocks.isEmpty() && blocks.remove(block)) {
            changed = true;
        }
    }

    /** Whether the log must be stored; asking takes the mark away. */
    boolean takeChanged() {
        boolean was = changed;
        changed = false;
        return was;
    }

    int count() {
        return blocks.size();
    }
}
