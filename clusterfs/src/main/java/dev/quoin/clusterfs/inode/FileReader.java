package dev.quoin.clusterfs.inode;

import dev.quoin.clusterfs.disk.BlockHeader;
import dev.quoin.clusterfs.disk.Dinode;
import dev.quoin.clusterfs.disk.Extent;
import dev.quoin.clusterfs.store.Page;
import dev.quoin.clusterfs.vfs.VfsException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads content of a file that is held, through its pages. */
final class FileReader {

    private static final int BLOCK = BlockHeader.BLOCK_SIZE;

    /** How many blocks are read at once when a file is read in order. */
    private static final int AHEAD_MAX = 256;

    private final FsCore fs;
    private final Inode inode;
    private final Extents extents;

    FileReader(FsCore fs, Inode inode) {
        this.fs = fs;
        this.inode = inode;
        this.extents = new Extents(fs, inode);
    }

    /** Reads what there is of {@code target}'s remaining bytes; returns how many. */
    int read(long offset, ByteBuffer target) throws VfsException {
        Dinode attributes = inode.attributes();
        int length = (int) Math.max(0, Math.min(target.remaining(), attributes.size() - offset));
        if (attributes.layout() == Dinode.Layout.INLINE) {
            target.put(
                    inode.block().content(), Dinode.CONTENT_AT + (int) Math.min(offset, Dinode.CONTENT_SIZE), length);
            return length;
        }
        boolean inOrder = offset == 0 || offset == inode.nextRead();
        long end = offset + length;
        for (long at = offset; at < end; ) {
            int from = (int) (at % BLOCK);
            int step = (int) Math.min(BLOCK - from, end - at);
            long lastWanted = inOrder ? Math.min(at / BLOCK + AHEAD_MAX, blocksOf(attributes.size())) : blocksOf(end);
            Page page = page(at / BLOCK, lastWanted);
            if (page == null) {
                target.put(new byte[step]);
            } else {
                page.read(from, target, step);
            }
            at += step;
        }
        inode.nextRead(end);
        return length;
    }

    /** The page of a block, read if it is not in memory, with others before {@code limit}; null in a hole. */
    @Nullable Page page(long index, long limit) throws VfsException {
        Page known = inode.pages().page(index);
        if (known != null) {
            return known;
        }
        Extent extent = extents.at(index);
        if (extent == null) {
            return null;
        }
        long physical = extent.physical() + index - extent.logical();
        int most = (int) Math.max(1, Math.min(AHEAD_MAX, Math.min(extent.end(), limit) - index));
        int count = 1;
        while (count < most && inode.pages().page(index + count) == null) {
            count++;
        }
        byte[] bytes = new byte[count * BLOCK];
        fs.device().read(physical, ByteBuffer.wrap(bytes));
        Page first = null;
        for (int i = 0; i < count; i++) {
            byte[] one = count == 1 ? bytes : Arrays.copyOfRange(bytes, i * BLOCK, (i + 1) * BLOCK);
            Page page = inode.pages().add(index + i, new Page(physical + i, one));
            if (i == 0) {
                first = page;
            }
        }
        return first;
    }

    static long blocksOf(long bytes) {
        return (bytes + BLOCK - 1) / BLOCK;
    }
}
