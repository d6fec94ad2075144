package dev.quoin.clusterfs;

import dev.quoin.clusterfs.disk.BlockHeader;
import dev.quoin.clusterfs.disk.BlockState;
import dev.quoin.clusterfs.disk.BlockType;
import dev.quoin.clusterfs.disk.Dinode;
import dev.quoin.clusterfs.disk.FileType;
import dev.quoin.clusterfs.disk.FsLayout;
import dev.quoin.clusterfs.disk.GroupBitmap;
import dev.quoin.clusterfs.disk.GroupHeader;
import dev.quoin.clusterfs.disk.JournalHeader;
import dev.quoin.clusterfs.disk.SlotClaim;
import dev.quoin.clusterfs.disk.Superblock;
import dev.quoin.clusterfs.disk.TreeNode;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Makes a file system on a device that nobody has mounted. */
public final class Mkfs {

    private static final int BLOCK = BlockHeader.BLOCK_SIZE;
    private static final int ROOT_GENERATION = 1;
    private static final int ROOT_PERMISSIONS = 0755;

    private final BlockDevice device;
    private final Superblock superblock;
    private final FsLayout layout;
    private final List<CompletableFuture<Void>> writes = new ArrayList<>();

    private Mkfs(BlockDevice device, Superblock superblock) {
        this.device = device;
        this.superblock = superblock;
        this.layout = superblock.layout();
    }

    /**
     * Writes an empty file system and makes it durable; the superblock comes last, so a device is either not formatted or whole. Blocking.
     *
     * @return the superblock
     * @throws DeviceException what the device fails with
     * @throws FormatRefusedException if there is a file system and {@code options} do not force, or the device does not fit
     */
    public static Superblock format(BlockDevice device, MkfsOptions options)
            throws DeviceException, FormatRefusedException {
        long size = device.geometry().size();
        if (BLOCK % device.geometry().blockSize() != 0) {
            throw new FormatRefusedException(device.name() + ": blocks of "
                    + device.geometry().blockSize() + " bytes found, at most " + BLOCK + " expected");
        }
        FsLayout layout;
        try {
            layout = options.layout(size);
        } catch (IllegalArgumentException impossible) {
            throw new FormatRefusedException(device.name() + " of " + size + " bytes does not fit: "
                    + impossible.getMessage() + "; choose a larger device, fewer slots or smaller journals");
        }
        if (!options.force()) {
            byte[] present =
                    BlockIo.read(device, FsLayout.SUPERBLOCK * BLOCK, BLOCK).array();
            if (Superblock.isLikely(present)) {
                throw new FormatRefusedException(
                        device.name() + " carries a clusterfs already; say so explicitly to overwrite it");
            }
        }
        Instant now = Instant.now();
        SecureRandom random = new SecureRandom();
        Superblock superblock = new Superblock(
                options.uuid(),
                layout,
                layout.groupStart(0) + layout.groupOverhead(0),
                ROOT_GENERATION,
                Superblock.Features.NONE,
                Math.addExact(Math.multiplyExact(now.getEpochSecond(), 1_000_000_000L), now.getNano()),
                random.nextLong(),
                random.nextLong(),
                options.label());
        new Mkfs(device, superblock).write();
        return superblock;
    }

    private void write() throws DeviceException {
        BlockIo.writeZeroes(device, FsLayout.SUPERBLOCK * BLOCK, BLOCK, WriteMode.FUA);
        for (int slot = 0; slot < layout.slots(); slot++) {
            put(layout.claimBlock(slot), SlotClaim.unused(slot).encode(superblock.fsId(), layout));
            byte[] header = new JournalHeader(slot, 1, 0, 1).encode(superblock.fsId(), layout);
            put(layout.journalStart(slot), header);
        }
        for (int group = 0; group < layout.groups(); group++) {
            writeGroup(group);
        }
        writeRoot();
        put(layout.lastCopy(), superblock.encode(layout.lastCopy()));
        drain();
        BlockIo.flush(device);
        BlockIo.write(
                device,
                FsLayout.SUPERBLOCK * BLOCK,
                ByteBuffer.wrap(superblock.encode(FsLayout.SUPERBLOCK)),
                WriteMode.FUA);
    }

    private void writeGroup(int group) throws DeviceException {
        long start = layout.groupStart(group);
        int length = layout.groupLength(group);
        int overhead = layout.groupOverhead(group);
        int inodes = group == 0 ? 1 : 0;
        byte[] header = block(BlockType.GROUP_HEADER, start, 0);
        new GroupHeader(group, length, length - overhead - inodes, inodes, inodes * ROOT_GENERATION, 0).encode(header);
        putSealed(start, header);
        for (int i = 0; i < layout.bitmapBlocks(group); i++) {
            byte[] bitmap = block(BlockType.GROUP_BITMAP, start + 1 + i, start);
            for (int entry = 0; entry < GroupBitmap.ENTRIES; entry++) {
                int at = i * GroupBitmap.ENTRIES + entry;
                if (at < overhead || at >= length) {
                    GroupBitmap.set(bitmap, entry, BlockState.METADATA);
                } else if (start + at == superblock.rootBlock()) {
                    GroupBitmap.set(bitmap, entry, BlockState.DINODE);
                }
            }
            putSealed(start + 1 + i, bitmap);
        }
        if (FsLayout.hasCopy(group)) {
            put(layout.copyBlock(group), superblock.encode(layout.copyBlock(group)));
        }
    }

    private void writeRoot() throws DeviceException {
        long address = superblock.rootBlock();
        byte[] root = block(BlockType.DINODE, address, address);
        long now = superblock.created();
        new Dinode(
                        ROOT_GENERATION,
                        FileType.DIRECTORY,
                        ROOT_PERMISSIONS,
                        0,
                        0,
                        2,
                        Dinode.Layout.TREE,
                        0,
                        1,
                        now,
                        now,
                        now,
                        now,
                        null,
                        0)
                .encode(root);
        TreeNode.create(root, Dinode.CONTENT_AT, 0);
        putSealed(address, root);
    }

    private byte[] block(BlockType type, long address, long owner) {
        byte[] content = new byte[BLOCK];
        new BlockHeader(type, superblock.fsId(), address, owner, 1, BlockHeader.NO_SLOT).encode(content);
        return content;
    }

    private void putSealed(long address, byte[] content) throws DeviceException {
        BlockHeader.seal(content);
        put(address, content);
    }

    private void put(long address, byte[] content) throws DeviceException {
        writes.add(device.write(address * BLOCK, ByteBuffer.wrap(content), WriteMode.CACHED));
        if (writes.size() == 64) {
            drain();
        }
    }

    private void drain() throws DeviceException {
        for (CompletableFuture<Void> write : writes) {
            BlockIo.await(device, write);
        }
        writes.clear();
    }
}
