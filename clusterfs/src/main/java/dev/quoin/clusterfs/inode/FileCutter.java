package dev.quoin.clusterfs.inode;

import dev.quoin.clusterfs.alloc.GroupSet;
import dev.quoin.clusterfs.disk.BlockHeader;
import dev.quoin.clusterfs.disk.Dinode;
import dev.quoin.clusterfs.disk.Extent;
import dev.quoin.clusterfs.disk.FileType;
import dev.quoin.clusterfs.journal.Transaction;
import dev.quoin.clusterfs.store.MetaBlock;
import dev.quoin.clusterfs.store.Page;
import dev.quoin.clusterfs.vfs.VfsException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Makes a file that is held in EX shorter, or nothing. */
final class FileCutter {

    private static final int BLOCK = BlockHeader.BLOCK_SIZE;

    private final FsCore fs;
    private final Inode inode;
    private final Extents extents;

    FileCutter(FsCore fs, Inode inode) {
        this.fs = fs;
        this.inode = inode;
        this.extents = new Extents(fs, inode);
    }

    private static boolean hasExtents(Dinode attributes) {
        return attributes.layout() == Dinode.Layout.TREE && attributes.type() != FileType.DIRECTORY;
    }

    /** Makes the file shorter. A very fragmented one goes in several steps, each with its own transaction. */
    void cut(long size) throws VfsException {
        while (true) {
            Dinode old = inode.attributes();
            if (!hasExtents(old)) {
                cutInline(old, size);
                return;
            }
            List<Extent> going = extents.reachingPast(FileReader.blocksOf(size));
            long target = size;
            while (cost(going) > fs.journal().transactionMax() && going.size() > 1) {
                going = going.subList(going.size() / 2, going.size());
                target = going.getFirst().logical() * BLOCK;
            }
            cutTree(going, target);
            if (target == size) {
                return;
            }
        }
    }

    private void cutInline(Dinode old, long size) throws VfsException {
        try (GroupSet none = fs.allocator().lock(List.of());
                Transaction tx = fs.journal().begin(1)) {
            inode.update(new Change(tx, none), old.withContent(size, old.blocks(), fs.now()));
            int from = Dinode.CONTENT_AT + (int) size;
            Arrays.fill(inode.block().content(), from, BLOCK, (byte) 0);
            tx.commit();
        }
    }

    private int cost(List<Extent> going) throws VfsException {
        int bitmaps = 1 + fs.device().layout().bitmapBlocks(0);
        return groupsOf(going).size() * bitmaps
                + going.size() / 32
                + 2 * extents.tree().insertCost()
                + 4;
    }

    private Set<Integer> groupsOf(List<Extent> going) throws VfsException {
        Set<Integer> groups = new TreeSet<>();
        going.forEach(extent -> groups.add(fs.allocator().groupOf(extent.physical())));
        if (!going.isEmpty()) {
            for (MetaBlock node : extents.tree().nodes()) {
                groups.add(fs.allocator().groupOf(node.address()));
            }
        }
        return groups;
    }

    private void cutTree(List<Extent> going, long size) throws VfsException {
        long blocks = FileReader.blocksOf(size);
        int tail = (int) (size % BLOCK);
        Page last = tail == 0 ? null : new FileReader(fs, inode).page(size / BLOCK, size / BLOCK + 1);
        try (GroupSet groups = fs.allocator().lock(groupsOf(going))) {
            inode.pages().discard(blocks);
            try (Transaction tx = fs.journal().begin(cost(going))) {
                Change change = new Change(tx, groups);
                if (last != null) {
                    inode.pages().zeroTail(last, tail);
                    tx.order(inode.pages());
                }
                free(change, going, blocks);
                Dinode now = inode.attributes();
                inode.update(change, now.withContent(size, now.blocks(), fs.now()));
                tx.commit();
            }
        }
    }

    private void free(Change change, List<Extent> going, long blocks) throws VfsException {
        long freed = 0;
        for (Extent extent : going.reversed()) {
            freed += extents.cut(change, extent, blocks);
        }
        Dinode now = inode.attributes();
        inode.update(change, now.withBlocks(now.blocks() - freed));
    }

    /** Makes the file small enough to be freed in one transaction. Before {@link #groupsToDie}. */
    void prepareToDie() throws VfsException {
        if (hasExtents(inode.attributes())
                && cost(extents.reachingPast(0)) > fs.journal().transactionMax() / 2) {
            cut(0);
        }
    }

    /** The groups to hold for {@link #die}. */
    Set<Integer> groupsToDie() throws VfsException {
        Set<Integer> groups = hasExtents(inode.attributes()) ? groupsOf(extents.reachingPast(0)) : new TreeSet<>();
        groups.add(fs.allocator().groupOf(inode.id().block()));
        return groups;
    }

    /** How many blocks {@link #die} changes outside the groups. */
    int creditsToDie() throws VfsException {
        return hasExtents(inode.attributes()) ? cost(extents.reachingPast(0)) : 2;
    }

    /** Frees the inode with all that it has. */
    void die(Change change) throws VfsException {
        if (hasExtents(inode.attributes())) {
            free(change, extents.reachingPast(0), 0);
        }
        Dinode now = inode.attributes();
        inode.die(change, now.withContent(0, now.blocks(), fs.now()).withLinks(0, fs.now()));
    }
}
