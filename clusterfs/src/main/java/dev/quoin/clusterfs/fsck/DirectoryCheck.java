package dev.quoin.clusterfs.fsck;

import dev.quoin.clusterfs.disk.Decoded.Corrupt;
import dev.quoin.clusterfs.disk.Decoded.Valid;
import dev.quoin.clusterfs.disk.DirectoryEntry;
import dev.quoin.clusterfs.disk.DirectoryHash;
import dev.quoin.clusterfs.disk.TreeNode;
import java.util.HashSet;
import java.util.Set;

/** Checks the entries of one directory in themselves and hands out those that name an inode. */
final class DirectoryCheck implements TreeWalk.Visitor {

    /** Who wants to know the tree nodes and the entries of a directory. */
    interface Sink {
        /** A tree node; false if it was met before and must not be entered. */
        boolean node(long block);

        /** An entry with a sound name. */
        void entry(DirectoryEntry entry);
    }

    private final Log log;
    private final long inode;
    private final DirectoryHash hash;
    private final Sink sink;
    /** Names whose keys share the hash in {@code namesAt}: at most {@link DirectoryHash#COLLISIONS_MAX}. */
    private final Set<String> names = new HashSet<>();

    private long namesAt = -1;
    private long entries;
    private boolean whole = true;

    DirectoryCheck(Metadata metadata, Log log, long inode, Sink sink) {
        this.log = log;
        this.inode = inode;
        this.hash = new DirectoryHash(
                metadata.superblock().hashKey0(), metadata.superblock().hashKey1());
        this.sink = sink;
    }

    /** How many records there were, sound or not. */
    long entries() {
        return entries;
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
            entries++;
            switch (DirectoryEntry.decode(leaf.key(i), leaf.value(i))) {
                case Valid<DirectoryEntry>(DirectoryEntry entry) -> check(entry);
                case Corrupt<DirectoryEntry> corrupt -> {
                    whole = false;
                    log.add(new Finding.EntryInvalid(
                            inode, leaf.key(i), corrupt.field() + ": " + Printable.text(corrupt.detail())));
                }
            }
        }
    }

    private void check(DirectoryEntry entry) {
        long hashKey = hash.key(entry.name());
        String name = Printable.name(entry.name());
        if (entry.key() < hashKey || entry.key() >= hashKey + DirectoryHash.COLLISIONS_MAX) {
            log.add(new Finding.EntryMisplaced(inode, name, entry.key(), hashKey));
        }
        if (hashKey != namesAt) {
            names.clear();
            namesAt = hashKey;
        }
        if (!names.add(name)) {
            log.add(new Finding.EntryDuplicate(inode, name));
        }
        sink.entry(entry);
    }
}
