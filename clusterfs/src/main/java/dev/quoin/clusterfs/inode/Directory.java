package dev.quoin.clusterfs.inode;

import dev.quoin.clusterfs.disk.BlockType;
import dev.quoin.clusterfs.disk.DirectoryEntry;
import dev.quoin.clusterfs.disk.DirectoryHash;
import dev.quoin.clusterfs.disk.FileType;
import dev.quoin.clusterfs.disk.InodeId;
import dev.quoin.clusterfs.vfs.Errno;
import dev.quoin.clusterfs.vfs.VfsException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The names of a directory that is held. */
final class Directory {

    private final FsCore fs;
    private final Inode inode;
    private final BTree tree;

    /** ENOTDIR if the inode is none. */
    Directory(FsCore fs, Inode inode) throws VfsException {
        this.fs = fs;
        this.inode = inode;
        this.tree = new BTree(fs.device(), inode, BlockType.DIRECTORY_NODE);
        if (!inode.attributes().isDirectory()) {
            throw new VfsException(Errno.ENOTDIR, inode + " is not a directory");
        }
    }

    Inode inode() {
        return inode;
    }

    BTree tree() {
        return tree;
    }

    /** The entry with this name. */
    @Nullable DirectoryEntry find(byte[] name) throws VfsException {
        long base = fs.hash().key(name);
        BTree.Entry found = tree.ceiling(base);
        while (found != null && found.key() < base + DirectoryHash.COLLISIONS_MAX) {
            if (DirectoryEntry.hasName(found.value(), name)) {
                return decode(found);
            }
            found = tree.ceiling(found.key() + 1);
        }
        return null;
    }

    /** The first entry behind a position. */
    @Nullable DirectoryEntry after(long cookie) throws VfsException {
        BTree.Entry found = cookie == Long.MAX_VALUE ? null : tree.ceiling(cookie + 1);
        return found == null ? null : decode(found);
    }

    private DirectoryEntry decode(BTree.Entry found) throws VfsException {
        return fs.device().trust(inode.id().block(), DirectoryEntry.decode(found.key(), found.value()));
    }

    /** A free key for a name that is not there. */
    long freeKey(byte[] name) throws VfsException {
        long base = fs.hash().key(name);
        long free = base;
        BTree.Entry taken = tree.ceiling(base);
        while (taken != null && taken.key() == free) {
            free++;
            taken = tree.ceiling(free);
        }
        if (free >= base + DirectoryHash.COLLISIONS_MAX) {
            throw new VfsException(Errno.ENOSPC, inode + " has too many names with one hash");
        }
        return free;
    }

    void insert(Change change, long key, byte[] name, InodeId target, FileType type) throws VfsException {
        tree.insert(change, key, new DirectoryEntry(key, target, type, name).encode());
    }

    /** Lets a name stand for another inode. */
    void replace(Change change, DirectoryEntry old, InodeId target, FileType type) throws VfsException {
        tree.replace(change, old.key(), new DirectoryEntry(old.key(), target, type, old.name()).encode());
    }

    void remove(Change change, DirectoryEntry entry) throws VfsException {
        tree.remove(change, entry.key());
    }

    /** The resource groups of the blocks that removing an entry may free. */
    List<Integer> groupsFreedBy(DirectoryEntry entry) throws VfsException {
        return tree.freedBy(entry.key()).stream().map(fs.allocator()::groupOf).toList();
    }
}
