package dev.quoin.clusterfs.fsck;

import dev.quoin.clusterfs.disk.BlockState;
import dev.quoin.clusterfs.disk.BlockType;
import dev.quoin.clusterfs.disk.Decoded.Corrupt;
import dev.quoin.clusterfs.disk.Decoded.Reason;
import dev.quoin.clusterfs.disk.Decoded.Valid;
import dev.quoin.clusterfs.disk.Dinode;
import dev.quoin.clusterfs.disk.DirectoryEntry;
import dev.quoin.clusterfs.disk.FileType;
import dev.quoin.clusterfs.disk.FsLayout;
import dev.quoin.clusterfs.disk.GroupBitmap;
import dev.quoin.clusterfs.disk.InodeId;
import dev.quoin.clusterfs.disk.Superblock;
import dev.quoin.clusterfs.fsck.BlockSource.Fetched;
import java.util.Locale;

/**
 * Visits each inode once: those that have a name from the root on, then those that only the bitmaps know.
 *
 * <p>Directories that wait to be read are bits in a set, not a list, and are taken in the order of their addresses, so memory is
 * bounded and the device is read in sweeps.
 */
final class NamespaceCheck {

    private final Metadata metadata;
    private final Log log;
    private final Claims claims;
    private final Tally tally;
    private final InodeCheck inodes;
    private final Bitmaps bitmaps;
    private final NameCount names;
    /** Blocks that were looked at as inodes, sound or not. */
    private final SparseBits visited = new SparseBits();

    private final SparseBits sound = new SparseBits();
    private final SparseBits pending = new SparseBits();
    private final SparseBits lost = new SparseBits();
    private boolean rootIsDone;

    NamespaceCheck(Metadata metadata, Log log, Claims claims, Tally tally) {
        this.metadata = metadata;
        this.log = log;
        this.claims = claims;
        this.tally = tally;
        this.inodes = new InodeCheck(metadata, log, claims, tally);
        this.bitmaps = new Bitmaps(metadata);
        this.names = new NameCount(metadata, log, tally);
    }

    /** Checks all inodes and names; gives the sound inodes. */
    SparseBits run() {
        visitRoot();
        readPending();
        rootIsDone = true;
        for (int group = 0; group < metadata.groupsOnDevice(); group++) {
            visitUnnamed(group);
        }
        names.judge(sound, lost);
        return sound;
    }

    private void visitRoot() {
        Superblock superblock = metadata.superblock();
        long block = superblock.rootBlock();
        visited.add(block);
        byte[] content = metadata.fetch(block, "root directory", log);
        if (content == null) {
            log.missClaims();
            log.missNames();
            return;
        }
        switch (Dinode.decode(content, metadata.fsId(), block)) {
            case Corrupt<Dinode> corrupt -> damaged(block, "root directory", corrupt, true);
            case Valid<Dinode>(Dinode root) -> {
                if (root.generation() != superblock.rootGeneration()) {
                    log.add(new Finding.InodeFieldWrong(
                            block,
                            "generation",
                            Integer.toUnsignedString(root.generation()),
                            Integer.toUnsignedString(superblock.rootGeneration())));
                }
                if (root.type() != FileType.DIRECTORY) {
                    log.add(new Finding.InodeFieldWrong(
                            block, "type", root.type().name(), "DIRECTORY, as it is the root"));
                    log.missNames();
                }
                names.root(block, root);
                visit(block, content, root);
            }
        }
    }

    private void visit(long block, byte[] content, Dinode dinode) {
        sound.add(block);
        claims.claim(block, BlockState.DINODE);
        tally.countInode(dinode.type(), metadata.layout().groupOf(block), dinode.generation());
        if (rootIsDone) {
            lost.add(block);
        }
        if (dinode.type() == FileType.DIRECTORY) {
            pending.add(block);
        } else {
            inodes.checkFile(block, content, dinode);
            names.expect(block, dinode.links());
        }
    }

    private void readPending() {
        long block = pending.next(0);
        while (block >= 0) {
            pending.remove(block);
            readDirectory(block);
            long following = pending.next(block + 1);
            block = following >= 0 ? following : pending.next(0);
        }
    }

    private void readDirectory(long block) {
        if (!(metadata.read(block) instanceof Fetched.Content(byte[] content))
                || !(Dinode.decode(content, metadata.fsId(), block) instanceof Valid<Dinode>(Dinode dinode))) {
            // It was sound a moment ago: the device has begun to fail.
            log.add(new Finding.BlockUnreadable(block, "directory", "other content than before"));
            log.missClaims();
            log.missNames();
            return;
        }
        Reading reading = new Reading(new InodeId(block, dinode.generation()));
        DirectoryCheck directory = new DirectoryCheck(metadata, log, block, reading);
        boolean whole = new TreeWalk(metadata, log, block, BlockType.DIRECTORY_NODE, directory).run(content);
        tally.entries += directory.entries();
        if (!whole) {
            log.missClaims();
            log.missNames();
            return;
        }
        inodes.expectBlocks(block, dinode, 1 + reading.nodes);
        if (dinode.size() != directory.entries()) {
            log.add(new Finding.InodeFieldWrong(
                    block, "size", Long.toString(dinode.size()), Long.toString(directory.entries())));
        }
        if (directory.isWhole()) {
            names.expectDirectory(block, dinode.links(), reading.directoriesNamed, reading.directoriesMet);
        } else {
            log.missNames();
        }
    }

    /** What one directory names. */
    private final class Reading implements DirectoryCheck.Sink {
        private final InodeId directory;
        private long nodes;
        private int directoriesNamed;
        private int directoriesMet;

        Reading(InodeId directory) {
            this.directory = directory;
        }

        @Override
        public boolean node(long block) {
            nodes++;
            return inodes.claimNode(block);
        }

        @Override
        public void entry(DirectoryEntry entry) {
            FileType met = follow(directory, entry);
            directoriesNamed += entry.type() == FileType.DIRECTORY ? 1 : 0;
            directoriesMet += met == FileType.DIRECTORY ? 1 : 0;
        }
    }

    /** Looks at the inode that an entry names; gives its type, or that of the entry if there is no telling. */
    private FileType follow(InodeId directory, DirectoryEntry entry) {
        long block = entry.inode().block();
        if (!metadata.layout().isAllocatable(block)) {
            dangling(directory, entry, "a block outside of all groups");
            return entry.type();
        }
        if (visited.get(block) && !sound.get(block)) {
            return entry.type();
        }
        byte[] content = metadata.fetch(block, "inode", log);
        if (content == null) {
            visited.add(block);
            log.missClaims();
            missNamesOf(entry);
            return entry.type();
        }
        return switch (Dinode.decode(content, metadata.fsId(), block)) {
            case Corrupt<Dinode> corrupt -> {
                followUnsound(directory, entry, corrupt);
                yield entry.type();
            }
            case Valid<Dinode>(Dinode dinode) -> {
                followSound(directory, entry, content, dinode);
                yield dinode.type();
            }
        };
    }

    private void followUnsound(InodeId directory, DirectoryEntry entry, Corrupt<Dinode> corrupt) {
        long block = entry.inode().block();
        BlockState state = bitmaps.stateOf(block);
        if (state != null && state != BlockState.DINODE) {
            dangling(directory, entry, "a " + state.name().toLowerCase(Locale.ROOT) + " block");
            return;
        }
        visited.add(block);
        if (state != null) {
            claims.claim(block, BlockState.DINODE);
        }
        damaged(block, "inode", corrupt, entry.type() == FileType.DIRECTORY);
    }

    private void followSound(InodeId directory, DirectoryEntry entry, byte[] content, Dinode dinode) {
        long block = entry.inode().block();
        InodeId actual = new InodeId(block, dinode.generation());
        boolean isOther = !actual.equals(entry.inode());
        if ((isOther || dinode.links() == 0) && bitmaps.stateOf(block) == BlockState.FREE) {
            dangling(directory, entry, "a free block");
            return;
        }
        if (isOther) {
            log.add(new Finding.EntryGenerationWrong(
                    directory.block(), Printable.name(entry.name()), entry.inode(), actual));
            names.doubt(block);
        } else {
            if (dinode.type() != entry.type()) {
                log.add(new Finding.EntryTypeWrong(
                        directory.block(), Printable.name(entry.name()), entry.type(), dinode.type()));
            }
            names.name(directory, entry, dinode);
        }
        if (visited.add(block)) {
            visit(block, content, dinode);
        }
    }

    private void dangling(InodeId directory, DirectoryEntry entry, String found) {
        log.add(new Finding.EntryDangling(directory.block(), Printable.name(entry.name()), entry.inode(), found));
    }

    private void missNamesOf(DirectoryEntry entry) {
        if (entry.type() == FileType.DIRECTORY) {
            log.missNames();
        }
    }

    private void damaged(long block, String role, Corrupt<Dinode> corrupt, boolean isDirectory) {
        log.add(new Finding.BlockCorrupt(block, role, corrupt.reason(), corrupt.field() + ": " + corrupt.detail()));
        log.missClaims();
        if (isDirectory) {
            log.missNames();
        }
    }

    /** Visits what the bitmap of a group holds to be inodes and no directory has named so far. */
    private void visitUnnamed(int group) {
        FsLayout layout = metadata.layout();
        for (int index = 0; index < layout.bitmapBlocks(group); index++) {
            byte[] bitmap = bitmaps.sound(group, index);
            if (bitmap == null) {
                // GroupCheck reports it.
                log.missClaims();
                continue;
            }
            long first = layout.groupStart(group) + (long) index * GroupBitmap.ENTRIES;
            long end = Math.min(first + GroupBitmap.ENTRIES, layout.groupStart(group) + layout.groupLength(group));
            for (long block = first; block < end; block++) {
                if (GroupBitmap.get(bitmap, (int) (block - first)) == BlockState.DINODE
                        && layout.isAllocatable(block)
                        && !visited.get(block)
                        && claims.stateOf(block) == BlockState.FREE) {
                    visitUnnamed(block);
                    readPending();
                }
            }
        }
    }

    private void visitUnnamed(long block) {
        visited.add(block);
        byte[] content = metadata.fetch(block, "inode", log);
        if (content == null) {
            log.missClaims();
            return;
        }
        switch (Dinode.decode(content, metadata.fsId(), block)) {
            case Valid<Dinode>(Dinode dinode) -> visit(block, content, dinode);
            case Corrupt<Dinode> corrupt -> {
                if (isDamagedInode(corrupt.reason())) {
                    damaged(block, "inode", corrupt, true);
                }
            }
        }
    }

    /** Whether a block that only the bitmap calls an inode was one; else it is the bitmap that is wrong. */
    private static boolean isDamagedInode(Reason reason) {
        return switch (reason) {
            case BAD_CHECKSUM, BAD_FIELD, UNKNOWN_FORMAT -> true;
            case BAD_MAGIC, WRONG_TYPE, WRONG_FILE_SYSTEM, WRONG_ADDRESS, WRONG_OWNER -> false;
        };
    }
}
