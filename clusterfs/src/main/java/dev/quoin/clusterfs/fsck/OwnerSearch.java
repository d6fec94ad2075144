package dev.quoin.clusterfs.fsck;

import dev.quoin.clusterfs.disk.BlockType;
import dev.quoin.clusterfs.disk.Decoded.Valid;
import dev.quoin.clusterfs.disk.Dinode;
import dev.quoin.clusterfs.disk.FileType;
import dev.quoin.clusterfs.disk.TreeNode;
import dev.quoin.clusterfs.fsck.BlockSource.Fetched;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Goes over all inodes once more to say whose the blocks are that were claimed more than once. */
final class OwnerSearch {

    /** How many owners of one block are listed. */
    private static final int OWNERS_MAX = 8;

    private final Metadata metadata;
    private final Log log;
    private final SparseBits doubled;
    private final Map<Long, List<Long>> owners = new TreeMap<>();

    OwnerSearch(Metadata metadata, Log log, SparseBits doubled) {
        this.metadata = metadata;
        this.log = log;
        this.doubled = doubled;
    }

    /** Reports each run of doubly claimed blocks with its owners. */
    void run(SparseBits inodes) {
        if (doubled.isEmpty()) {
            return;
        }
        for (long block = inodes.next(0); block >= 0; block = inodes.next(block + 1)) {
            search(block);
        }
        report();
    }

    private void search(long block) {
        note(block, block, 1);
        if (!(metadata.read(block) instanceof Fetched.Content(byte[] content))
                || !(Dinode.decode(content, metadata.fsId(), block) instanceof Valid<Dinode>(Dinode dinode))
                || dinode.layout() != Dinode.Layout.TREE) {
            return;
        }
        Log silent = Log.silent();
        boolean isDirectory = dinode.type() == FileType.DIRECTORY;
        TreeWalk.Visitor visitor =
                isDirectory ? new Nodes(block) : new ExtentCheck(metadata, silent, block, dinode, new Noting(block));
        new TreeWalk(metadata, silent, block, isDirectory ? BlockType.DIRECTORY_NODE : BlockType.EXTENT_NODE, visitor)
                .run(content);
    }

    private void note(long inode, long block, int length) {
        for (long at = doubled.next(block); at >= 0 && at < block + length; at = doubled.next(at + 1)) {
            if (owners.size() < FsckReport.FINDINGS_MAX || owners.containsKey(at)) {
                List<Long> list = owners.computeIfAbsent(at, key -> new ArrayList<>(2));
                if (list.size() < OWNERS_MAX) {
                    list.add(inode);
                }
            }
        }
    }

    private void report() {
        long start = -1;
        long end = -1;
        List<Long> running = List.of();
        for (Map.Entry<Long, List<Long>> entry : owners.entrySet()) {
            if (entry.getKey() != end || !entry.getValue().equals(running)) {
                flush(start, end, running);
                start = entry.getKey();
                running = entry.getValue();
            }
            end = entry.getKey() + 1;
        }
        flush(start, end, running);
    }

    private void flush(long start, long end, List<Long> running) {
        if (start >= 0) {
            log.add(new Finding.ClaimedTwice(start, end - start, running));
        }
    }

    /** Notes all of a file's blocks. */
    private final class Noting implements ExtentCheck.Sink {
        private final long inode;
        private final SparseBits seen = new SparseBits();

        Noting(long inode) {
            this.inode = inode;
        }

        @Override
        public boolean node(long block) {
            note(inode, block, 1);
            return seen.add(block);
        }

        @Override
        public void data(long block, int length) {
            note(inode, block, length);
        }
    }

    /** Notes a directory's tree nodes. */
    private final class Nodes implements TreeWalk.Visitor {
        private final long inode;
        private final SparseBits seen = new SparseBits();

        Nodes(long inode) {
            this.inode = inode;
        }

        @Override
        public boolean enter(long block) {
            note(inode, block, 1);
            return seen.add(block);
        }

        @Override
        public void leaf(long block, TreeNode leaf) {
            // The names do not matter here.
        }
    }
}
