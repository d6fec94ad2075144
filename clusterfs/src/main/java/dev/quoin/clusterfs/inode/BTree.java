package dev.quoin.clusterfs.inode;

import dev.quoin.clusterfs.disk.BlockType;
import dev.quoin.clusterfs.disk.Le;
import dev.quoin.clusterfs.disk.TreeNode;
import dev.quoin.clusterfs.store.FsDevice;
import dev.quoin.clusterfs.store.MetaBlock;
import dev.quoin.clusterfs.vfs.Errno;
import dev.quoin.clusterfs.vfs.VfsException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The B+tree of one inode: keys of 63 bits, values of up to 300 bytes, its root inside the inode. Nodes split when they are full and are freed when
 * they are empty; a root with one small child takes the child's place.
 *
 * <p>Changes need the groups of {@link #freedBy} held, and {@link #insertCost} blocks reserved for each insertion.
 */
final class BTree {

    /** A record. */
    record Entry(long key, byte[] value) {}

    private record Split(long key, long child) {}

    private final FsDevice device;
    private final Inode inode;
    private final BlockType type;

    BTree(FsDevice device, Inode inode, BlockType type) {
        this.device = device;
        this.inode = inode;
        this.type = type;
    }

    /** How many blocks one insertion may allocate, and how many it may change beyond those. */
    int insertCost() throws VfsException {
        return root().node(device).level() + 2;
    }

    /** The record with the greatest key that is not greater than {@code key}. */
    @Nullable Entry floor(long key) throws VfsException {
        return floor(root(), key);
    }

    private @Nullable Entry floor(MetaBlock block, long key) throws VfsException {
        TreeNode node = block.node(device);
        int at = node.ceiling(key);
        if (at == node.count() || node.key(at) > key) {
            at--;
        }
        if (node.level() == 0) {
            return at < 0 ? null : new Entry(node.key(at), node.value(at));
        }
        // The smallest records below a child may be gone, so the answer can be in the child before it.
        for (int i = at; i >= 0; i--) {
            Entry found = floor(child(node, i), key);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** The record with the smallest key that is not less than {@code key}. */
    @Nullable Entry ceiling(long key) throws VfsException {
        return ceiling(root(), key);
    }

    private @Nullable Entry ceiling(MetaBlock block, long key) throws VfsException {
        TreeNode node = block.node(device);
        if (node.level() == 0) {
            int at = node.ceiling(key);
            return at == node.count() ? null : new Entry(node.key(at), node.value(at));
        }
        for (int i = node.childFor(key); i < node.count(); i++) {
            Entry found = ceiling(child(node, i), key);
            if (found != null) {
                return found;
            }
        }
        return null;
    }

    /** Adds a record; there must be none with this key. */
    void insert(Change change, long key, byte[] value) throws VfsException {
        Split split = insert(change, root(), key, value);
        if (split != null) {
            throw new IllegalStateException("the root of " + inode + " cannot split");
        }
    }

    private @Nullable Split insert(Change change, MetaBlock block, long key, byte[] value) throws VfsException {
        TreeNode node = block.node(device);
        if (node.level() == 0) {
            return put(change, block, key, value);
        }
        int at = node.childFor(key);
        MetaBlock below = child(node, at);
        if (key < node.key(at)) {
            inode.touch(change, block);
            node.setKey(at, key);
        }
        Split split = insert(change, below, key, value);
        return split == null ? null : put(change, block, split.key, encode(split.child));
    }

    private @Nullable Split put(Change change, MetaBlock block, long key, byte[] value) throws VfsException {
        TreeNode node = block.node(device);
        inode.touch(change, block);
        if (node.room() >= TreeNode.sizeOf(value.length)) {
            node.insert(key, value);
            return null;
        }
        MetaBlock made = inode.newNode(change, type);
        TreeNode fresh = made.createNode(node.level());
        if (block.type() == BlockType.DINODE) {
            node.moveTo(fresh, 0);
            TreeNode root = block.createNode(fresh.level() + 1);
            root.insert(fresh.key(0), encode(made.address()));
            if (key < fresh.key(0)) {
                root.setKey(0, key);
            }
            Split split = put(change, made, key, value);
            if (split != null) {
                root.insert(split.key, encode(split.child));
            }
            return null;
        }
        node.moveTo(fresh, node.middle());
        (key < fresh.key(0) ? node : fresh).insert(key, value);
        return new Split(fresh.key(0), made.address());
    }

    /** Replaces the value of a record by one of the same length. */
    void replace(Change change, long key, byte[] value) throws VfsException {
        MetaBlock leaf = leafFor(key);
        TreeNode node = leaf.node(device);
        int at = exact(node, key);
        inode.touch(change, leaf);
        node.setValue(at, value);
    }

    private MetaBlock leafFor(long key) throws VfsException {
        MetaBlock block = root();
        TreeNode node = block.node(device);
        while (node.level() > 0) {
            block = child(node, node.childFor(key));
            node = block.node(device);
        }
        return block;
    }

    /** Removes a record, which must be there. */
    void remove(Change change, long key) throws VfsException {
        MetaBlock root = root();
        if (remove(change, root, key) && root.node(device).level() > 0) {
            root.createNode(0);
        }
        shrinkRoot(change);
    }

    /** Returns whether the node is empty now. */
    private boolean remove(Change change, MetaBlock block, long key) throws VfsException {
        TreeNode node = block.node(device);
        if (node.level() == 0) {
            int at = exact(node, key);
            inode.touch(change, block);
            node.remove(at);
            return node.count() == 0;
        }
        int at = node.childFor(key);
        MetaBlock below = child(node, at);
        if (remove(change, below, key)) {
            inode.touch(change, block);
            inode.freeNode(change, below);
            node.remove(at);
        }
        return node.count() == 0;
    }

    private void shrinkRoot(Change change) throws VfsException {
        MetaBlock root = root();
        TreeNode node = root.node(device);
        if (node.level() == 0 || node.count() != 1 || !change.groups().covers(node.child(0))) {
            return;
        }
        MetaBlock only = child(node, 0);
        TreeNode below = only.node(device);
        if (below.used() <= node.used() + node.room()) {
            inode.touch(change, root);
            below.moveTo(root.createNode(below.level()), 0);
            inode.freeNode(change, only);
        }
    }

    /** The addresses of the nodes that removing this record may free. They are in memory afterwards. */
    List<Long> freedBy(long key) throws VfsException {
        List<Long> path = new ArrayList<>();
        TreeNode node = root().node(device);
        if (node.level() > 0 && node.count() <= 2) {
            for (int i = 0; i < node.count(); i++) {
                child(node, i).node(device);
                path.add(node.child(i));
            }
        }
        while (node.level() > 0) {
            int at = node.childFor(key);
            path.add(node.child(at));
            node = child(node, at).node(device);
        }
        return path;
    }

    /** All nodes but the root. They are in memory afterwards. */
    List<MetaBlock> nodes() throws VfsException {
        List<MetaBlock> all = new ArrayList<>();
        collect(root(), all);
        return all;
    }

    private void collect(MetaBlock block, List<MetaBlock> all) throws VfsException {
        TreeNode node = block.node(device);
        for (int i = 0; node.level() > 0 && i < node.count(); i++) {
            MetaBlock below = child(node, i);
            all.add(below);
            collect(below, all);
        }
    }

    private MetaBlock root() {
        return inode.block();
    }

    /** The child, whose level must be one less: so a damaged tree cannot lead in a circle. */
    private MetaBlock child(TreeNode node, int at) throws VfsException {
        MetaBlock below = inode.node(node.child(at), type);
        int level = below.node(device).level();
        if (level != node.level() - 1) {
            throw new VfsException(
                    Errno.EIO,
                    "tree node " + below.address() + " of " + inode + " has level " + level + ", " + (node.level() - 1)
                            + " expected; unmount and run fsck");
        }
        return below;
    }

    private int exact(TreeNode node, long key) {
        int at = node.ceiling(key);
        if (at == node.count() || node.key(at) != key) {
            throw new IllegalStateException("key " + key + " not found in the tree of " + inode);
        }
        return at;
    }

    private static byte[] encode(long child) {
        byte[] value = new byte[8];
        Le.putI64(value, 0, child);
        return value;
    }
}
