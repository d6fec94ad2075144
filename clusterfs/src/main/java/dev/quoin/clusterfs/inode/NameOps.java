package dev.quoin.clusterfs.inode;

import dev.quoin.clusterfs.alloc.GroupSet;
import dev.quoin.clusterfs.alloc.ResourceGroup;
import dev.quoin.clusterfs.disk.Dinode;
import dev.quoin.clusterfs.disk.DirectoryEntry;
import dev.quoin.clusterfs.disk.FileType;
import dev.quoin.clusterfs.disk.InodeId;
import dev.quoin.clusterfs.journal.Transaction;
import dev.quoin.clusterfs.vfs.Errno;
import dev.quoin.clusterfs.vfs.Listing;
import dev.quoin.clusterfs.vfs.Name;
import dev.quoin.clusterfs.vfs.Vfs;
import dev.quoin.clusterfs.vfs.VfsException;
import dev.quoin.dlm.api.LockMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Operations on names: look up, list, create, link, unlink. Any thread; blocking. */
public final class NameOps {

    private static final int SETGID = 02000;

    private final FsCore fs;
    private final InodeTable inodes;

    NameOps(FsCore fs, InodeTable inodes) {
        this.fs = fs;
        this.inodes = inodes;
    }

    /** See {@link Vfs#lookup}. */
    public Vfs.Found lookup(InodeId directory, Name name) throws VfsException {
        try (InodeHold held = inodes.hold(directory, LockMode.PR)) {
            DirectoryEntry found = require(new Directory(fs, held.inode()), name);
            return new Vfs.Found(found.inode(), found.type());
        }
    }

    /** The parent of a directory, null for the root. */
    public @Nullable InodeId parent(InodeId directory) throws VfsException {
        try (InodeHold held = inodes.hold(directory, LockMode.PR)) {
            return new Directory(fs, held.inode()).inode().attributes().parent();
        }
    }

    /** See {@link Vfs#readdir}. */
    public Listing list(InodeId directory, long cookie, int max) throws VfsException {
        try (InodeHold held = inodes.hold(directory, LockMode.PR)) {
            Directory names = new Directory(fs, held.inode());
            List<Listing.Entry> entries = new ArrayList<>();
            DirectoryEntry next = names.after(cookie);
            while (next != null && entries.size() < max) {
                entries.add(new Listing.Entry(next.key(), Name.of(next.name()), next.inode(), next.type()));
                next = names.after(next.key());
            }
            return new Listing(entries, next == null);
        }
    }

    /** Makes a new inode with a name: EEXIST, ENOSPC, EMLINK. */
    public InodeId create(InodeId directory, Name name, NewNode node) throws VfsException {
        fs.glocks().reserveImplicit();
        boolean made = false;
        try (InodeHold held = inodes.hold(directory, LockMode.EX)) {
            Directory names = new Directory(fs, held.inode());
            byte[] bytes = name.bytes();
            refuseExisting(names, name);
            Dinode parent = held.inode().attributes();
            if (node.type() == FileType.DIRECTORY) {
                checkLinks(parent, held.inode());
            }
            long key = names.freeKey(bytes);
            int want = 1 + names.tree().insertCost() + (node.content().length > Dinode.CONTENT_SIZE ? 2 : 0);
            try (GroupSet groups = fs.allocator().lock(List.of(), want, want);
                    Transaction tx = fs.journal().begin(groups.credits() + 2 * want + 2)) {
                Change change = new Change(tx, groups);
                ResourceGroup.NewInode fresh = groups.source().allocateInode(tx);
                names.insert(change, key, bytes, fresh.id(), node.type());
                int links = node.type() == FileType.DIRECTORY ? 1 : 0;
                count(change, held.inode(), 1, links);
                Inode child = inodes.addNew(fresh.id(), fresh.block());
                made = true;
                fill(change, child, node, parent, held.inode().id());
                tx.commit();
                return fresh.id();
            }
        } finally {
            if (!made) {
                fs.glocks().unreserveImplicit();
            }
        }
    }

    private void fill(Change change, Inode child, NewNode node, Dinode parent, InodeId parentId) throws VfsException {
        boolean isDirectory = node.type() == FileType.DIRECTORY;
        boolean inherits = (parent.permissions() & SETGID) != 0;
        long now = fs.now();
        Dinode first = new Dinode(
                child.id().generation(),
                node.type(),
                node.permissions() | (inherits && isDirectory ? SETGID : 0),
                node.uid(),
                inherits ? parent.gid() : node.gid(),
                isDirectory ? 2 : 1,
                isDirectory ? Dinode.Layout.TREE : Dinode.Layout.INLINE,
                0,
                1,
                now,
                now,
                now,
                now,
                isDirectory ? parentId : null,
                node.device());
        child.update(change, first);
        if (isDirectory) {
            child.block().createNode(0);
        } else if (node.content().length > 0) {
            new FileWriter(fs, child).writeNew(change, node.content());
        }
    }

    /** See {@link Vfs#link}. */
    public void link(InodeId inode, InodeId directory, Name name) throws VfsException {
        try (InodeHold held = inodes.hold(directory, LockMode.EX)) {
            Directory names = new Directory(fs, held.inode());
            refuseExisting(names, name);
            if (inode.equals(directory)) {
                throw new VfsException(Errno.EPERM, "a directory cannot have a second name");
            }
            try (InodeHold target = inodes.hold(inode, LockMode.EX)) {
                Dinode attributes = target.inode().attributes();
                if (attributes.isDirectory()) {
                    throw new VfsException(
                            Errno.EPERM, target.inode() + " is a directory and cannot have a second name");
                }
                checkLinks(attributes, target.inode());
                long key = names.freeKey(name.bytes());
                int want = names.tree().insertCost();
                try (GroupSet groups = fs.allocator().lock(List.of(), want, want);
                        Transaction tx = fs.journal().begin(groups.credits() + 2 * want + 3)) {
                    Change change = new Change(tx, groups);
                    names.insert(change, key, name.bytes(), inode, attributes.type());
                    count(change, held.inode(), 1, 0);
                    target.inode().update(change, attributes.withLinks(attributes.links() + 1, fs.now()));
                    tx.commit();
                }
            }
        }
    }

    /** See {@link Vfs#unlink}. */
    public void unlink(InodeId directory, Name name) throws VfsException {
        try (InodeHold held = inodes.hold(directory, LockMode.EX)) {
            Directory names = new Directory(fs, held.inode());
            DirectoryEntry entry = require(names, name);
            if (entry.type() == FileType.DIRECTORY) {
                throw new VfsException(Errno.EISDIR, "\"" + name + "\" is a directory; remove it with rmdir");
            }
            try (InodeHold child = inodes.hold(entry.inode(), LockMode.EX)) {
                Dinode attributes = child.inode().attributes();
                removeName(names, entry, child.inode(), attributes.links() == 1);
            }
        }
    }

    /** See {@link Vfs#rmdir}. */
    public void rmdir(InodeId directory, Name name) throws VfsException {
        try (InodeHold held = inodes.hold(directory, LockMode.EX)) {
            Directory names = new Directory(fs, held.inode());
            DirectoryEntry entry = require(names, name);
            if (entry.type() != FileType.DIRECTORY) {
                throw new VfsException(Errno.ENOTDIR, "\"" + name + "\" is not a directory; remove it with unlink");
            }
            try (InodeHold child = inodes.hold(entry.inode(), LockMode.EX)) {
                if (new Directory(fs, child.inode()).after(0) != null) {
                    throw new VfsException(Errno.ENOTEMPTY, "directory \"" + name + "\" has entries");
                }
                removeName(names, entry, child.inode(), true);
            }
        }
    }

    private void removeName(Directory names, DirectoryEntry entry, Inode child, boolean isLast) throws VfsException {
        FileCutter cutter = new FileCutter(fs, child);
        Set<Integer> frees = new TreeSet<>(names.groupsFreedBy(entry));
        if (isLast) {
            cutter.prepareToDie();
            frees.addAll(cutter.groupsToDie());
        }
        int own = 2 * names.tree().insertCost() + 4 + (isLast ? cutter.creditsToDie() : 1);
        try (GroupSet groups = fs.allocator().lock(frees)) {
            if (isLast) {
                child.pages().discard(0);
            }
            try (Transaction tx = fs.journal().begin(groups.credits() + own)) {
                Change change = new Change(tx, groups);
                names.remove(change, entry);
                boolean isDirectory = entry.type() == FileType.DIRECTORY;
                count(change, names.inode(), -1, isDirectory ? -1 : 0);
                dropLink(change, child, cutter, isLast);
                tx.commit();
            }
        }
    }

    /** Takes one link from an inode, the last one with all that it has. */
    void dropLink(Change change, Inode child, FileCutter cutter, boolean isLast) throws VfsException {
        if (isLast) {
            cutter.die(change);
        } else {
            Dinode now = child.attributes();
            child.update(change, now.withLinks(now.links() - 1, fs.now()));
        }
    }

    /** Counts entries and subdirectories of a directory, and stamps it. */
    void count(Change change, Inode directory, int entries, int subdirectories) throws VfsException {
        Dinode now = directory.attributes();
        Dinode counted = now.withContent(now.size() + entries, now.blocks(), fs.now());
        directory.update(change, counted.withLinks(now.links() + subdirectories, fs.now()));
    }

    static DirectoryEntry require(Directory names, Name name) throws VfsException {
        DirectoryEntry found = names.find(name.bytes());
        if (found == null) {
            throw new VfsException(Errno.ENOENT, "\"" + name + "\" not found in " + names.inode());
        }
        return found;
    }

    private static void refuseExisting(Directory names, Name name) throws VfsException {
        if (names.find(name.bytes()) != null) {
            throw new VfsException(Errno.EEXIST, "\"" + name + "\" exists in " + names.inode());
        }
    }

    static void checkLinks(Dinode attributes, Inode inode) throws VfsException {
        if (attributes.links() == Dinode.LINKS_MAX) {
            throw new VfsException(Errno.EMLINK, inode + " has " + attributes.links() + " links, the most possible");
        }
    }
}
