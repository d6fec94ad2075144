package dev.quoin.clusterfs.inode;

import dev.quoin.clusterfs.alloc.GroupSet;
import dev.quoin.clusterfs.alloc.ResourceGroup;
import dev.quoin.clusterfs.disk.BlockHeader;
import dev.quoin.clusterfs.disk.Dinode;
import dev.quoin.clusterfs.disk.Extent;
import dev.quoin.clusterfs.journal.Transaction;
import dev.quoin.clusterfs.store.Page;
import dev.quoin.clusterfs.vfs.VfsException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Writes content of a file that is held in EX: into pages, with blocks allocated at once and written before they are exposed. */
final class FileWriter {

    private static final int BLOCK = BlockHeader.BLOCK_SIZE;

    /** The most bytes of one transaction. */
    static final int PIECE_MAX = 256 * BLOCK;

    /** What one transaction may change besides resource groups and the path in the tree: new leaves of a badly fragmented piece. */
    private static final int LEAVES_MAX = 8;

    private final FsCore fs;
    private final Inode inode;
    private final Extents extents;
    private final FileReader reader;

    FileWriter(FsCore fs, Inode inode) {
        this.fs = fs;
        this.inode = inode;
        this.extents = new Extents(fs, inode);
        this.reader = new FileReader(fs, inode);
    }

    /** A run of file blocks without place on the device. */
    private record Hole(long start, long end) {}

    /**
     * Writes a piece of at most {@link #PIECE_MAX} bytes that does not cross a multiple of that size.
     *
     * @return how many of the bytes were written: fewer if space runs out
     * @throws VfsException ENOSPC if there is no space for any
     */
    int write(long offset, byte[] source, int from, int length) throws VfsException {
        Dinode old = inode.attributes();
        if (old.layout() == Dinode.Layout.INLINE && offset + length <= Dinode.CONTENT_SIZE) {
            writeInline(old, offset, source, from, length);
            return length;
        }
        boolean spills = old.layout() == Dinode.Layout.INLINE;
        long first = offset / BLOCK;
        List<Hole> holes = holes(first, FileReader.blocksOf(offset + length), spills);
        if (spills && old.size() > 0 && first > 0) {
            holes.addFirst(new Hole(0, 1));
        }
        int missing = 0;
        for (Hole hole : holes) {
            missing += (int) (hole.end - hole.start);
        }
        if (missing == 0) {
            try (GroupSet none = fs.allocator().lock(List.of())) {
                return put(none, old, holes, offset, source, from, length);
            }
        }
        int extra = LEAVES_MAX + (spills ? 2 : extents.tree().insertCost());
        try (GroupSet groups = fs.allocator().lock(List.of(), missing + extra, Math.min(missing, 2) + extra)) {
            int given = Math.min(missing, groups.usable() - extra);
            int written = given == missing ? length : shorten(holes, given, offset, length);
            return put(groups, old, holes, offset, source, from, written);
        }
    }

    private void writeInline(Dinode old, long offset, byte[] source, int from, int length) throws VfsException {
        try (GroupSet none = fs.allocator().lock(List.of());
                Transaction tx = fs.journal().begin(1)) {
            Change change = new Change(tx, none);
            inode.update(change, old.withContent(Math.max(old.size(), offset + length), old.blocks(), fs.now()));
            System.arraycopy(source, from, inode.block().content(), Dinode.CONTENT_AT + (int) offset, length);
            tx.commit();
        }
    }

    private List<Hole> holes(long first, long end, boolean spills) throws VfsException {
        List<Hole> holes = new ArrayList<>();
        long at = first;
        while (at < end) {
            Extent here = spills ? null : extents.at(at);
            if (here != null) {
                at = here.end();
            } else {
                Extent next = spills ? null : extents.from(at);
                long until = next == null ? end : Math.min(end, next.logical());
                holes.add(new Hole(at, until));
                at = until;
            }
        }
        return holes;
    }

    /** Leaves only the first {@code given} missing blocks in {@code holes}; returns how many bytes can be written then. */
    private static int shorten(List<Hole> holes, int given, long offset, int length) {
        int left = given;
        for (int i = 0; i < holes.size(); i++) {
            Hole hole = holes.get(i);
            int size = (int) (hole.end - hole.start);
            if (size > left) {
                long end = hole.start + left;
                holes.subList(i, holes.size()).clear();
                if (left > 0) {
                    holes.add(new Hole(hole.start, end));
                }
                return (int) Math.min(length, end * BLOCK - offset);
            }
            left -= size;
        }
        return length;
    }

    private int put(GroupSet groups, Dinode old, List<Hole> holes, long offset, byte[] source, int from, int length)
            throws VfsException {
        if (length <= 0) {
            return 0;
        }
        boolean spills = old.layout() == Dinode.Layout.INLINE;
        Map<Long, Page> pages = spills ? new HashMap<>() : present(offset, length);
        try (Transaction tx = fs.journal().begin(credits(groups, spills))) {
            Change change = new Change(tx, groups);
            byte[] spilled = spills ? spill(change, old) : new byte[0];
            allocate(change, holes, pages);
            if (spilled.length > 0) {
                inode.pages().write(pages.get(0L), 0, spilled, 0, spilled.length);
            }
            for (int done = 0; done < length; ) {
                int at = (int) ((offset + done) % BLOCK);
                int step = Math.min(BLOCK - at, length - done);
                inode.pages().write(pages.get((offset + done) / BLOCK), at, source, from + done, step);
                done += step;
            }
            Dinode now = inode.attributes();
            inode.update(change, now.withContent(Math.max(old.size(), offset + length), now.blocks(), fs.now()));
            tx.order(inode.pages());
            tx.commit();
        }
        return length;
    }

    private int credits(GroupSet groups, boolean spills) throws VfsException {
        return groups.credits()
                + 1
                + LEAVES_MAX
                + (spills ? 2 : 2 * extents.tree().insertCost());
    }

    /** The pages of those blocks of a range that have a place, read if they are written in part only. */
    private Map<Long, Page> present(long offset, int length) throws VfsException {
        Map<Long, Page> pages = new HashMap<>();
        long end = offset + length;
        for (long index = offset / BLOCK; index * BLOCK < end; index++) {
            Page known = inode.pages().page(index);
            Extent extent = known != null ? null : extents.at(index);
            if (known != null) {
                pages.put(index, known);
            } else if (extent != null && (index * BLOCK < offset || (index + 1) * BLOCK > end)) {
                pages.put(index, reader.page(index, index + 1));
            } else if (extent != null) {
                Page whole = new Page(extent.physical() + index - extent.logical(), new byte[BLOCK]);
                pages.put(index, inode.pages().add(index, whole));
            }
        }
        return pages;
    }

    /** Turns content inside the inode into a tree without extents; returns the content. */
    private byte[] spill(Change change, Dinode old) {
        byte[] content = inode.block().content();
        byte[] saved = Arrays.copyOfRange(content, Dinode.CONTENT_AT, Dinode.CONTENT_AT + (int) old.size());
        inode.update(change, old.withLayout(Dinode.Layout.TREE));
        inode.block().createNode(0);
        return saved;
    }

    /** Gives places and empty pages to holes. */
    private void allocate(Change change, List<Hole> holes, Map<Long, Page> pages) throws VfsException {
        long count = 0;
        for (Hole hole : holes) {
            for (long at = hole.start; at < hole.end; ) {
                Extent before = at == 0 ? null : extents.at(at - 1);
                long goal = before == null ? 0 : before.physical() + before.length();
                ResourceGroup.Run run = change.groups().source().allocateData(change.tx(), goal, (int) (hole.end - at));
                extents.add(change, new Extent(at, run.start(), run.length()));
                for (int i = 0; i < run.length(); i++) {
                    pages.put(at + i, inode.pages().add(at + i, new Page(run.start() + i, new byte[BLOCK])));
                }
                at += run.length();
                count += run.length();
            }
        }
        Dinode now = inode.attributes();
        inode.update(change, now.withBlocks(now.blocks() + count));
    }

    /** Writes the content of an inode that was made in the same transaction; it has no content yet. */
    void writeNew(Change change, byte[] content) throws VfsException {
        Dinode old = inode.attributes();
        if (content.length <= Dinode.CONTENT_SIZE) {
            System.arraycopy(content, 0, inode.block().content(), Dinode.CONTENT_AT, content.length);
        } else {
            spill(change, old);
            Map<Long, Page> pages = new HashMap<>();
            allocate(change, List.of(new Hole(0, FileReader.blocksOf(content.length))), pages);
            for (int done = 0; done < content.length; done += BLOCK) {
                Page page = pages.get((long) done / BLOCK);
                inode.pages().write(page, 0, content, done, Math.min(BLOCK, content.length - done));
            }
            change.tx().order(inode.pages());
        }
        Dinode now = inode.attributes();
        inode.update(change, now.withContent(content.length, now.blocks(), fs.now()));
    }

    /** Makes a file longer without content. */
    void grow(long size) throws VfsException {
        Dinode old = inode.attributes();
        boolean spills = old.layout() == Dinode.Layout.INLINE && size > Dinode.CONTENT_SIZE;
        List<Hole> holes = spills && old.size() > 0 ? List.of(new Hole(0, 1)) : List.of();
        int want = holes.isEmpty() ? 0 : 3;
        try (GroupSet groups = want == 0
                        ? fs.allocator().lock(List.of())
                        : fs.allocator().lock(List.of(), want, want);
                Transaction tx = fs.journal().begin(groups.credits() + 4)) {
            Change change = new Change(tx, groups);
            if (spills) {
                byte[] spilled = spill(change, old);
                Map<Long, Page> pages = new HashMap<>();
                allocate(change, holes, pages);
                if (spilled.length > 0) {
                    inode.pages().write(pages.get(0L), 0, spilled, 0, spilled.length);
                    tx.order(inode.pages());
                }
            }
            Dinode now = inode.attributes();
            inode.update(change, now.withContent(size, now.blocks(), fs.now()));
            tx.commit();
        }
    }
}
