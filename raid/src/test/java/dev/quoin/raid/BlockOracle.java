package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * What each block of a device may hold after a power cut: the newest version known to be durable, or any that was written later,
 * but no mix and nothing else.
 *
 * <p>Writes to one block must not overlap in time.
 */
final class BlockOracle {

    static final int BLOCK = 4096;

    private final List<List<Long>> versions = new ArrayList<>();
    private final int[] completed;
    private final int[] durable;
    private final long base;
    private long counter;

    /** An oracle of blocks that read as zeroes, durably. */
    BlockOracle(int blocks) {
        this(0, blocks);
    }

    /** As the other, of blocks that begin at {@code base} bytes. */
    BlockOracle(long base, int blocks) {
        this.base = base;
        for (int i = 0; i < blocks; i++) {
            versions.add(new ArrayList<>(List.of(0L)));
        }
        completed = new int[blocks];
        durable = new int[blocks];
    }

    /** A copy, which goes on by itself. */
    BlockOracle(BlockOracle other) {
        other.versions.forEach(all -> versions.add(new ArrayList<>(all)));
        completed = other.completed.clone();
        durable = other.durable.clone();
        base = other.base;
        counter = other.counter;
    }

    /** A write that was sent, to be told when it completes. */
    final class Write {
        private final int first;
        private final int count;
        private final int[] version;
        private final ByteBuffer bytes;

        private Write(int first, int count, boolean zeroes) {
            this.first = first;
            this.count = count;
            this.version = new int[count];
            this.bytes = ByteBuffer.allocate(count * BLOCK);
            for (int i = 0; i < count; i++) {
                long pattern = zeroes ? 0 : ++counter * 0x9e3779b97f4a7c15L;
                List<Long> all = versions.get(first + i);
                version[i] = all.size();
                all.add(pattern);
                for (int at = 0; at < BLOCK; at += 8) {
                    bytes.putLong(pattern);
                }
            }
            bytes.flip();
        }

        ByteBuffer bytes() {
            return bytes;
        }

        void completed(boolean durably) {
            for (int i = 0; i < count; i++) {
                int block = first + i;
                completed[block] = Math.max(completed[block], version[i]);
                if (durably) {
                    durable[block] = Math.max(durable[block], version[i]);
                }
            }
        }
    }

    Write write(int first, int count) {
        return new Write(first, count, false);
    }

    Write zeroes(int first, int count) {
        return new Write(first, count, true);
    }

    /** How many blocks there are. */
    int blocks() {
        return versions.size();
    }

    /** To be called when a flush begins; what it returns when the flush has completed. */
    Runnable flush() {
        int[] covered = completed.clone();
        return () -> {
            for (int block = 0; block < covered.length; block++) {
                durable[block] = Math.max(durable[block], covered[block]);
            }
        };
    }

    /** Compares the device with what it may hold, and takes what it holds as the only version from now on. */
    List<String> settle(BlockDevice device) {
        return settle(device, new BitSet(), new BitSet());
    }

    /**
     * As the other, with blocks that may be unreadable.
     *
     * @param mayBeLost of which that is so
     * @param lost gets those of which it is; they go on to have all their versions
     */
    List<String> settle(BlockDevice device, BitSet mayBeLost, BitSet lost) {
        List<String> wrong = new ArrayList<>();
        for (int block = 0; block < versions.size(); block++) {
            settle(device, block, wrong, mayBeLost, lost);
        }
        return wrong;
    }

    /** Whether a block was written to, and the newest version is not known to be durable. */
    boolean isUnderWay(int block) {
        return durable[block] < versions.get(block).size() - 1;
    }

    private void settle(BlockDevice device, int block, List<String> wrong, BitSet mayBeLost, BitSet lost) {
        byte[] bytes = new byte[BLOCK];
        try {
            BlockIo.read(device, base + (long) block * BLOCK, ByteBuffer.wrap(bytes));
        } catch (DeviceException failure) {
            if (failure.code() == DeviceException.Code.MEDIUM_ERROR && mayBeLost.get(block)) {
                lost.set(block);
                return;
            }
            wrong.add("block " + block + ": " + failure.getMessage());
            return;
        }
        ByteBuffer content = ByteBuffer.wrap(bytes);
        long pattern = content.getLong(0);
        List<Long> all = versions.get(block);
        List<Long> allowed = all.subList(durable[block], all.size());
        long[] longs = new long[BLOCK / 8];
        content.asLongBuffer().get(longs);
        if (Arrays.stream(longs).anyMatch(each -> each != pattern)) {
            wrong.add("block " + block + " is a mix");
        } else if (!allowed.contains(pattern)) {
            int version = all.lastIndexOf(pattern);
            wrong.add("block " + block + " holds version " + version + ", " + durable[block] + " to " + (all.size() - 1)
                    + " expected");
        }
        lost.clear(block);
        all.clear();
        all.add(pattern);
        completed[block] = 0;
        durable[block] = 0;
    }
}
