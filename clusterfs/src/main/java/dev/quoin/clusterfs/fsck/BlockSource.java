package dev.quoin.clusterfs.fsck;

import dev.quoin.clusterfs.disk.BlockHeader;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads file system blocks from a device, a window of 64 KiB at a time, with a small cache. Used by one thread; blocks for the
 * device. What cannot be read is a value, not an exception.
 */
final class BlockSource {

    /** What came of a read. */
    sealed interface Fetched {
        /** The block; not shared. */
        record Content(byte[] bytes) implements Fetched {}

        /** The device ends before this block. */
        record Beyond() implements Fetched {}

        /** The device refused. */
        record Failed(String why) implements Fetched {}
    }

    private static final int WINDOW = 64 * 1024;
    private static final int WINDOW_BLOCKS = WINDOW / BlockHeader.BLOCK_SIZE;
    private static final int WINDOWS_MAX = 64;

    private final BlockDevice device;
    private final long blocks;
    private final long[] cachedAt = new long[WINDOWS_MAX];
    private final byte[][] cached = new byte[WINDOWS_MAX][];

    BlockSource(BlockDevice device) {
        this.device = device;
        this.blocks = device.geometry().size() / BlockHeader.BLOCK_SIZE;
        Arrays.fill(cachedAt, -1);
    }

    /** How many whole blocks the device has. */
    long blocks() {
        return blocks;
    }

    Fetched read(long block) {
        if (block < 0 || block >= blocks) {
            return new Fetched.Beyond();
        }
        long window = block / WINDOW_BLOCKS;
        byte[] bytes = window(window);
        if (bytes != null) {
            int from = (int) (block % WINDOW_BLOCKS) * BlockHeader.BLOCK_SIZE;
            return new Fetched.Content(Arrays.copyOfRange(bytes, from, from + BlockHeader.BLOCK_SIZE));
        }
        return readAlone(block);
    }

    /** The window with that number, null if not all of it can be read. */
    private byte @Nullable [] window(long window) {
        int place = (int) (window % WINDOWS_MAX);
        if (cachedAt[place] == window) {
            return cached[place];
        }
        long offset = window * WINDOW;
        int length = (int) Math.min(WINDOW, device.geometry().size() - offset);
        byte[] bytes = new byte[length];
        try {
            BlockIo.read(device, offset, ByteBuffer.wrap(bytes));
        } catch (DeviceException unreadable) {
            // One bad block must not hide its neighbours: the caller reads the one that it wants alone.
            return null;
        }
        cachedAt[place] = window;
        cached[place] = bytes;
        return bytes;
    }

    private Fetched readAlone(long block) {
        int unit = Math.max(BlockHeader.BLOCK_SIZE, device.geometry().blockSize());
        long offset = block * BlockHeader.BLOCK_SIZE;
        long start = offset - offset % unit;
        byte[] bytes = new byte[unit];
        try {
            BlockIo.read(device, start, ByteBuffer.wrap(bytes));
        } catch (DeviceException failure) {
            return new Fetched.Failed(String.valueOf(failure.getMessage()));
        }
        int from = (int) (offset - start);
        return new Fetched.Content(Arrays.copyOfRange(bytes, from, from + BlockHeader.BLOCK_SIZE));
    }
}
