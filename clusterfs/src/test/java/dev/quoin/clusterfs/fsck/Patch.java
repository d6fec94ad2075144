package dev.quoin.clusterfs.fsck;

import dev.quoin.clusterfs.disk.BlockHeader;
import dev.quoin.clusterfs.disk.BlockState;
import dev.quoin.clusterfs.disk.FsLayout;
import dev.quoin.clusterfs.disk.GroupBitmap;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;

/** Changes a device behind the back of its file system. */
record Patch(BlockDevice device) {

    private static final int PIECE = 1 << 20;

    /** Sets a bitmap entry and seals the bitmap. */
    void mark(FsLayout layout, long block, BlockState state) throws DeviceException {
        long address = layout.bitmapBlockOf(block) * BlockHeader.BLOCK_SIZE;
        byte[] bitmap = BlockIo.read(device, address, BlockHeader.BLOCK_SIZE).array();
        GroupBitmap.set(bitmap, layout.bitmapIndexOf(block), state);
        BlockHeader.seal(bitmap);
        BlockIo.write(device, address, ByteBuffer.wrap(bitmap), WriteMode.CACHED);
    }

    /** Copies all of a device to the start of another; its size must be a multiple of 1 MiB. */
    static void copy(BlockDevice from, BlockDevice to) throws DeviceException {
        for (long at = 0; at < from.geometry().size(); at += PIECE) {
            BlockIo.write(to, at, BlockIo.read(from, at, PIECE), WriteMode.CACHED);
        }
    }
}
