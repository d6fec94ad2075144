package dev.quoin.clusterfs.fsck;

import dev.quoin.clusterfs.disk.BlockHeader;
import dev.quoin.clusterfs.disk.BlockType;
import dev.quoin.clusterfs.disk.Decoded;
import dev.quoin.clusterfs.disk.Decoded.Corrupt;
import dev.quoin.clusterfs.disk.Decoded.Valid;
import dev.quoin.clusterfs.disk.Dinode;
import dev.quoin.clusterfs.disk.TreeNode;

/**
 * Walks the tree of one inode from its root, checks its shape and hands out the leaves in the order of their keys.
 *
 * <p>The depth is bounded by the level of the root, as each child must be exactly one level lower, and the width by the
 * visitor, which lets each block in only once.
 */
final class TreeWalk {

    /** What happens on the way. */
    interface Visitor {
        /** A sound node of this inode below the root; false if it was met before and must not be entered. */
        boolean enter(long block);

        /** A leaf. Its keys are sorted in themselves; that they lie behind those of earlier leaves is checked already. */
        void leaf(long block, TreeNode leaf);
    }

    private final Metadata metadata;
    private final Log log;
    private final long inode;
    private final BlockType type;
    private final Visitor visitor;
    private boolean whole = true;

    TreeWalk(Metadata metadata, Log log, long inode, BlockType type, Visitor visitor) {
        this.metadata = metadata;
        this.log = log;
        this.inode = inode;
        this.type = type;
        this.visitor = visitor;
    }

    /** Walks from the root in the block of the inode; says whether every part could be read. */
    boolean run(byte[] dinode) {
        switch (TreeNode.parse(dinode, Dinode.CONTENT_AT)) {
            case Valid<TreeNode>(TreeNode root) -> descend(inode, root, 0, Long.MAX_VALUE);
            case Corrupt<TreeNode> corrupt -> miss(corrupt(inode, "root of inode " + inode, corrupt));
        }
        return whole;
    }

    private void descend(long block, TreeNode node, long low, long high) {
        if (node.count() > 0 && (node.key(0) < low || node.key(node.count() - 1) >= high)) {
            log.add(damaged(
                    block, "keys", node.key(0) + " to " + node.key(node.count() - 1), low + " to " + (high - 1)));
        }
        if (node.level() == 0) {
            visitor.leaf(block, node);
            return;
        }
        if (node.count() == 0) {
            miss(damaged(block, "children", "none", "at least one"));
        }
        for (int i = 0; i < node.count(); i++) {
            // A search for a key before the first goes to the first child all the same.
            long childLow = i == 0 ? low : node.key(i);
            long childHigh = i + 1 < node.count() ? node.key(i + 1) : high;
            child(block, node.child(i), node.level() - 1, childLow, childHigh);
        }
    }

    private void child(long parent, long block, int level, long low, long high) {
        if (!metadata.layout().isAllocatable(block)) {
            miss(damaged(parent, "child", Long.toString(block), "a block in a resource group"));
            return;
        }
        String role = "tree node of inode " + inode;
        byte[] bytes = metadata.fetch(block, role, log);
        if (bytes == null) {
            whole = false;
            return;
        }
        Decoded<BlockHeader> header = BlockHeader.decode(bytes, metadata.fsId(), block, type, inode);
        if (header instanceof Corrupt<BlockHeader> corrupt) {
            miss(corrupt(block, role, corrupt));
            return;
        }
        if (!visitor.enter(block)) {
            whole = false;
            return;
        }
        switch (TreeNode.parse(bytes, TreeNode.startIn(type))) {
            case Corrupt<TreeNode> corrupt -> miss(corrupt(block, role, corrupt));
            case Valid<TreeNode>(TreeNode node) -> {
                if (node.level() == level) {
                    descend(block, node, low, high);
                } else {
                    miss(damaged(block, "level", Integer.toString(node.level()), Integer.toString(level)));
                }
            }
        }
    }

    private void miss(Finding finding) {
        whole = false;
        log.add(finding);
    }

    private Finding damaged(long block, String field, String found, String expected) {
        return new Finding.TreeDamaged(inode, block, field, found, expected);
    }

    private static Finding corrupt(long block, String role, Corrupt<?> corrupt) {
        return new Finding.BlockCorrupt(block, role, corrupt.reason(), corrupt.field() + ": " + corrupt.detail());
    }
}
