package dev.quoin.clusterfs.fsck;

import dev.quoin.clusterfs.disk.BlockHeader;
import dev.quoin.clusterfs.disk.Decoded.Corrupt;
import dev.quoin.clusterfs.disk.Decoded.Valid;
import dev.quoin.clusterfs.disk.Dinode;
import dev.quoin.clusterfs.disk.Extent;
import dev.quoin.clusterfs.disk.TreeNode;

/** Checks the extents of one file, leaf by leaf, and hands out the runs of blocks. */
final class ExtentCheck implements TreeWalk.Visitor {

    /** Who wants to know the blocks of a file. */
    interface Sink {
        /** A tree node; false if it was met before and must not be entered. */
        boolean node(long block);

        /** A run of data blocks inside one group. */
        void data(long block, int length);
    }

    private final Metadata metadata;
    private final Log log;
    private final long inode;
    private final long fileBlocks;
    private final Sink sink;
    private long end;
    private boolean whole = true;

    ExtentCheck(Metadata metadata, Log log, long inode, Dinode dinode, Sink sink) {
        this.metadata = metadata;
        this.log = log;
        this.inode = inode;
        this.fileBlocks =
                dinode.size() / BlockHeader.BLOCK_SIZE + (dinode.size() % BlockHeader.BLOCK_SIZE == 0 ? 0 : 1);
        this.sink = sink;
    }

    /** Whether each record could be read. */
    boolean isWhole() {
        return whole;
    }

    @Override
    public boolean enter(long block) {
        return sink.node(block);
    }

    @Override
    public void leaf(long block, TreeNode leaf) {
        for (int i = 0; i < leaf.count(); i++) {
            switch (Extent.decode(leaf.key(i), leaf.value(i), metadata.layout())) {
                case Valid<Extent>(Extent extent) -> check(block, extent);
                case Corrupt<Extent> corrupt -> {
                    whole = false;
                    log.add(new Finding.TreeDamaged(
                            inode, block, "extent at " + leaf.key(i), corrupt.detail(), "a run of data blocks"));
                }
            }
        }
    }

    private void check(long node, Extent extent) {
        if (extent.logical() < end) {
            log.add(new Finding.TreeDamaged(
                    inode, node, "extent at " + extent.logical(), "an overlap", "a start at " + end + " or later"));
        }
        if (extent.end() > fileBlocks) {
            log.add(new Finding.TreeDamaged(
                    inode,
                    node,
                    "extent at " + extent.logical(),
                    "an end at " + extent.end(),
                    "at most the file's " + fileBlocks + " blocks"));
        }
        end = Math.max(end, extent.end());
        sink.data(extent.physical(), extent.length());
    }
}
