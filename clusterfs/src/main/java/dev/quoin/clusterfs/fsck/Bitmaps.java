package dev.quoin.clusterfs.fsck;

import dev.quoin.clusterfs.disk.BlockHeader;
import dev.quoin.clusterfs.disk.BlockState;
import dev.quoin.clusterfs.disk.BlockType;
import dev.quoin.clusterfs.disk.Decoded;
import dev.quoin.clusterfs.disk.Decoded.Valid;
import dev.quoin.clusterfs.disk.FsLayout;
import dev.quoin.clusterfs.disk.GroupBitmap;
import dev.quoin.clusterfs.fsck.BlockSource.Fetched;
import org.jspecify.annotations.Nullable;

/** Reads the bitmaps of the groups. */
final class Bitmaps {

    private final Metadata metadata;

    Bitmaps(Metadata metadata) {
        this.metadata = metadata;
    }

    /** The address of bitmap block {@code index} of a group. */
    long address(int group, int index) {
        return metadata.layout().groupStart(group) + 1 + index;
    }

    /** Checks the header of a bitmap block. */
    Decoded<BlockHeader> check(byte[] content, int group, int index) {
        return BlockHeader.decode(
                content,
                metadata.fsId(),
                address(group, index),
                BlockType.GROUP_BITMAP,
                metadata.layout().groupStart(group));
    }

    /** The content of a bitmap block, null if it cannot be read or is not sound. */
    byte @Nullable [] sound(int group, int index) {
        return metadata.read(address(group, index)) instanceof Fetched.Content(byte[] content)
                        && check(content, group, index) instanceof Valid<BlockHeader>
                ? content
                : null;
    }

    /** What the bitmap says about a block of a group, null if it cannot be told. */
    @Nullable BlockState stateOf(long block) {
        FsLayout layout = metadata.layout();
        int group = layout.groupOf(block);
        int index = (int) (layout.bitmapBlockOf(block) - address(group, 0));
        byte[] content = sound(group, index);
        return content == null ? null : GroupBitmap.get(content, layout.bitmapIndexOf(block));
    }
}
