package dev.quoin.clusterfs.inode;

import dev.quoin.clusterfs.disk.BlockType;
import dev.quoin.clusterfs.disk.Extent;
import dev.quoin.clusterfs.vfs.VfsException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where the blocks of a file that is held are. */
final class Extents {

    private final FsCore fs;
    private final Inode inode;
    private final BTree tree;

    Extents(FsCore fs, Inode inode) {
        this.fs = fs;
        this.inode = inode;
        this.tree = new BTree(fs.device(), inode, BlockType.EXTENT_NODE);
    }

    BTree tree() {
        return tree;
    }

    /** The extent with a block, null in a hole. */
    @Nullable Extent at(long logical) throws VfsException {
        BTree.Entry found = tree.floor(logical);
        if (found == null) {
            return null;
        }
        Extent extent = decode(found);
        return extent.end() > logical ? extent : null;
    }

    /** The first extent that begins at or behind a block. */
    @Nullable Extent from(long logical) throws VfsException {
        BTree.Entry found = tree.ceiling(logical);
        return found == null ? null : decode(found);
    }

    /** The extents that reach past a block, in order. */
    List<Extent> reachingPast(long logical) throws VfsException {
        List<Extent> found = new ArrayList<>();
        Extent first = logical == 0 ? null : at(logical - 1);
        if (first != null && first.end() > logical) {
            found.add(first);
        }
        for (Extent next = from(logical); next != null; next = from(next.logical() + 1)) {
            found.add(next);
        }
        return found;
    }

    private Extent decode(BTree.Entry found) throws VfsException {
        return fs.device()
                .trust(
                        inode.id().block(),
                        Extent.decode(found.key(), found.value(), fs.device().layout()));
    }

    /** Adds a run to a hole, joined to the extent before it if it goes on there. */
    void add(Change change, Extent run) throws VfsException {
        Extent before = run.logical() == 0 ? null : at(run.logical() - 1);
        boolean joins = before != null
                && before.end() == run.logical()
                && before.physical() + before.length() == run.physical()
                && fs.allocator().groupOf(before.physical()) == fs.allocator().groupOf(run.physical())
                && before.length() + run.length() <= Extent.LENGTH_MAX;
        if (before != null && joins) {
            Extent joined = new Extent(before.logical(), before.physical(), before.length() + run.length());
            tree.replace(change, joined.logical(), joined.encode());
        } else {
            tree.insert(change, run.logical(), run.encode());
        }
    }

    /**
     * Frees all of an extent from a block on.
     *
     * @return how many blocks were freed
     */
    long cut(Change change, Extent extent, long from) throws VfsException {
        int kept = (int) Math.max(0, from - extent.logical());
        if (kept > 0) {
            tree.replace(change, extent.logical(), new Extent(extent.logical(), extent.physical(), kept).encode());
        } else {
            tree.remove(change, extent.logical());
        }
        long block = extent.physical() + kept;
        change.groups().of(block).freeData(change.tx(), block, extent.length() - kept);
        return extent.end() - Math.max(from, extent.logical());
    }
}
