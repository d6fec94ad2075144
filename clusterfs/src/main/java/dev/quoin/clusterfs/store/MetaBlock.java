package dev.quoin.clusterfs.store;

import dev.quoin.clusterfs.disk.BlockHeader;
import dev.quoin.clusterfs.disk.BlockType;
import dev.quoin.clusterfs.disk.Decoded;
import dev.quoin.clusterfs.disk.TreeNode;
import dev.quoin.clusterfs.vfs.VfsException;
import org.jspecify.annotations.Nullable;

/**
 * A metadata block in memory.
 *
 * <p>The content is guarded by the cluster lock that covers the block: read under a shared hold, changed under an exclusive one
 * inside a transaction. The journal's fields are guarded by the journal.
 */
public final class MetaBlock {

    private final long address;
    private final BlockType type;
    private final byte[] content;
    private volatile @Nullable TreeNode node;

    /** The last transaction group with a change of this block, 0 if there was none. The journal's. */
    public volatile long group;

    /** The image that is durable in the log and not in place yet. The journal's. */
    public byte @Nullable [] logged;

    /** The sequence of the last record with an image of this block; -1 if none can be replayed any more. The journal's. */
    public volatile long sequence = -1;

    private MetaBlock(long address, BlockType type, byte[] content) {
        this.address = address;
        this.type = type;
        this.content = content;
    }

    /** Makes a new block whose first logged version will be {@code floor} + 1; the rest is zero. */
    public static MetaBlock create(FsDevice device, long address, BlockType type, long owner, long floor) {
        byte[] content = new byte[BlockHeader.BLOCK_SIZE];
        new BlockHeader(type, device.fsId(), address, owner, floor, BlockHeader.NO_SLOT).encode(content);
        return new MetaBlock(address, type, content);
    }

    /** Reads and checks a block: EIO if it is not what is expected. */
    public static MetaBlock read(FsDevice device, long address, BlockType type, long owner) throws VfsException {
        byte[] content = device.read(address);
        device.trust(address, BlockHeader.decode(content, device.fsId(), address, type, owner));
        return new MetaBlock(address, type, content);
    }

    /** Wraps a block that was checked already. */
    public static MetaBlock of(long address, BlockType type, byte[] content) {
        return new MetaBlock(address, type, content);
    }

    /** Where it belongs. */
    public long address() {
        return address;
    }

    /** What it is. */
    public BlockType type() {
        return type;
    }

    /** The live bytes. */
    public byte[] content() {
        return content;
    }

    /** The version of the last image. */
    public long version() {
        return BlockHeader.versionOf(content);
    }

    /** The tree node inside: EIO if it is not sound. */
    public TreeNode node(FsDevice device) throws VfsException {
        TreeNode known = node;
        if (known == null) {
            Decoded<TreeNode> parsed = TreeNode.parse(content, TreeNode.startIn(type));
            known = device.trust(address, parsed);
            node = known;
        }
        return known;
    }

    /** Makes an empty tree node inside. */
    public TreeNode createNode(int level) {
        TreeNode made = TreeNode.create(content, TreeNode.startIn(type), level);
        node = made;
        return made;
    }
}
