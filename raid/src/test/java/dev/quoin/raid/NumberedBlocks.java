package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * What each block of an array may hold after the process that wrote to it was killed: each says which it is and which version, all
 * over. No block has two writes under way at once, so it holds the last version that was acknowledged or the one begun after
 * that. Safe for use by many threads.
 */
final class NumberedBlocks {

    static final int BLOCK = 4096;

    /** Every so many-th version is zeroes, which are written by another way. */
    private static final int ZEROES_EACH = 8;

    private static final int READ_BLOCKS = 64;

    private final long[] acknowledged;
    private final long[] begun;
    private long highest;

    /** Blocks that are zeroes. */
    NumberedBlocks(long size) {
        acknowledged = new long[(int) (size / BLOCK)];
        begun = new long[acknowledged.length];
    }

    static boolean isZeroes(long version) {
        return version % ZEROES_EACH == 0;
    }

    /** Versions of blocks that follow each other. */
    static ByteBuffer content(int first, int count, long version) {
        ByteBuffer content = ByteBuffer.allocateDirect(count * BLOCK);
        for (int block = first; block < first + count && !isZeroes(version); block++) {
            for (int at = 0; at < BLOCK; at += 2 * Long.BYTES) {
                content.putLong(block).putLong(version);
            }
        }
        return content.clear();
    }

    synchronized void begins(int first, int count, long version) {
        for (int block = first; block < first + count; block++) {
            begun[block] = version;
        }
        highest = Math.max(highest, version);
    }

    synchronized void isAcknowledged(int first, int count, long version) {
        for (int block = first; block < first + count; block++) {
            acknowledged[block] = version;
        }
    }

    /** A version that no block has had. */
    synchronized long next() {
        return highest + 1;
    }

    /** Compares the blocks with what they may hold, and takes what they hold as acknowledged. Blocks behind the known ones are zeroes. */
    synchronized List<String> settle(BlockDevice device) throws Exception {
        List<String> wrong = new ArrayList<>();
        int blocks = (int) (device.geometry().size() / BLOCK);
        for (int from = 0; from < blocks; from += READ_BLOCKS) {
            int count = Math.min(READ_BLOCKS, blocks - from);
            ByteBuffer read = BlockIo.read(device, (long) from * BLOCK, count * BLOCK);
            for (int i = 0; i < count; i++) {
                settle(from + i, read.slice(i * BLOCK, BLOCK), wrong);
            }
        }
        return wrong;
    }

    private void settle(int block, ByteBuffer found, List<String> wrong) {
        boolean known = block < begun.length;
        long least = known ? acknowledged[block] : 0;
        long most = known ? begun[block] : 0;
        if (known && found.equals(content(block, 1, most))) {
            acknowledged[block] = most;
        } else if (!found.equals(content(block, 1, least))) {
            wrong.add("block " + block + ": version " + least + " or " + most + " expected, found " + found.getLong(0)
                    + " version " + found.getLong(8) + ", at its end " + found.getLong(BLOCK - 16) + " version "
                    + found.getLong(BLOCK - 8));
        } else if (known) {
            begun[block] = least;
        }
    }
}
