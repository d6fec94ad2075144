package dev.quoin.clusterfs.fsck;

import dev.quoin.clusterfs.disk.BlockState;
import dev.quoin.clusterfs.disk.BlockType;
import dev.quoin.clusterfs.disk.Dinode;
import dev.quoin.clusterfs.disk.FileType;

/** Checks what is inside one inode and claims its blocks. The names in a directory are {@link DirectoryCheck}'s. */
final class InodeCheck {

    /** The longest target of a symbolic link, in bytes. */
    private static final int SYMLINK_MAX = 4095;

    private final Metadata metadata;
    private final Log log;
    private final Claims claims;
    private final Tally tally;

    InodeCheck(Metadata metadata, Log log, Claims claims, Tally tally) {
        this.metadata = metadata;
        this.log = log;
        this.claims = claims;
        this.tally = tally;
    }

    /** Checks an inode that is not a directory; {@code content} is its whole block. */
    void checkFile(long block, byte[] content, Dinode dinode) {
        checkFields(block, dinode);
        if (dinode.layout() == Dinode.Layout.INLINE) {
            checkInline(block, content, dinode);
            expectBlocks(block, dinode, 1);
            return;
        }
        Claiming claiming = new Claiming();
        ExtentCheck extents = new ExtentCheck(metadata, log, block, dinode, claiming);
        boolean whole = new TreeWalk(metadata, log, block, BlockType.EXTENT_NODE, extents).run(content);
        if (whole && extents.isWhole()) {
            expectBlocks(block, dinode, 1 + claiming.blocks);
        } else {
            log.missClaims();
        }
    }

    /** Compares the count of blocks in an inode with what was met. */
    void expectBlocks(long block, Dinode dinode, long met) {
        if (dinode.blocks() != met) {
            wrong(block, "blocks", dinode.blocks(), met);
        }
    }

    /** Claims a tree node; says whether it is the first claim. */
    boolean claimNode(long block) {
        tally.metadataBlocks++;
        return claims.claim(block, BlockState.METADATA);
    }

    private void checkFields(long block, Dinode dinode) {
        if (dinode.parent() != null) {
            wrong(block, "parent", dinode.parent(), "none");
        }
        switch (dinode.type()) {
            case REGULAR, DIRECTORY -> {}
            case SYMLINK -> {
                if (dinode.size() < 1 || dinode.size() > SYMLINK_MAX) {
                    wrong(block, "size", dinode.size(), "1 to " + SYMLINK_MAX);
                }
            }
            case FIFO, SOCKET, BLOCK_DEVICE, CHARACTER_DEVICE -> {
                if (dinode.size() != 0 || dinode.layout() != Dinode.Layout.INLINE) {
                    wrong(block, "content", dinode.size() + " bytes, " + dinode.layout(), "none");
                }
            }
        }
        boolean isDevice = dinode.type() == FileType.BLOCK_DEVICE || dinode.type() == FileType.CHARACTER_DEVICE;
        if (!isDevice && dinode.device() != 0) {
            wrong(block, "device number", Integer.toUnsignedString(dinode.device()), 0);
        }
    }

    private void checkInline(long block, byte[] content, Dinode dinode) {
        for (int at = Dinode.CONTENT_AT + (int) dinode.size(); at < content.length; at++) {
            if (content[at] != 0) {
                wrong(block, "inline content", "byte " + (content[at] & 0xFF) + " behind the size", 0);
                return;
            }
        }
    }

    private void wrong(long block, String field, Object found, Object expected) {
        log.add(new Finding.InodeFieldWrong(block, field, String.valueOf(found), String.valueOf(expected)));
    }

    /** Claims what an extent tree holds. */
    private final class Claiming implements ExtentCheck.Sink {
        private long blocks;

        @Override
        public boolean node(long block) {
            blocks++;
            return claimNode(block);
        }

        @Override
        public void data(long block, int length) {
            blocks += length;
            tally.dataBlocks += length;
            // What lies behind the end of the device would cost memory and tell nothing.
            for (long at = block; at < block + length && metadata.isOnDevice(at); at++) {
                claims.claim(at, BlockState.DATA);
            }
        }
    }
}
