package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * Makes members of blank devices. Blocking.
 *
 * <p>Journal and checksums are written through, not only declared zero, so that later only data can meet a full file system. Data are
 * declared zero where the device can do that cheaply, which the superblock remembers; else they are left as they are,
 * and blocks are zeroed when their row is first written.
 */
final class Formatter {

    private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(1024 * 1024);

    private Formatter() {}

    /** Makes an array: first all members with a superblock that says "incomplete", then with one that says "complete". */
    static void create(ArraySpec spec, List<BlockDevice> devices) throws DeviceException {
        if (devices.size() < LeftSymmetric.ROLES_MIN || devices.size() > LeftSymmetric.ROLES_MAX) {
            throw new DeviceException(
                    Code.UNSUPPORTED,
                    "array " + spec.name(),
                    devices.size() + " members found, " + LeftSymmetric.ROLES_MIN + " to " + LeftSymmetric.ROLES_MAX
                            + " expected for " + spec.level());
        }
        List<Regions> regions = new ArrayList<>();
        long data = Long.MAX_VALUE;
        for (BlockDevice device : devices) {
            checkBlank(device);
            Regions own = regions(device, spec.chunkBytes());
            regions.add(own);
            data = Math.min(data, own.dataLength());
        }
        UUID array = UUID.randomUUID();
        List<Superblock.Role> roles = new ArrayList<>();
        for (int i = 0; i < devices.size(); i++) {
            roles.add(new Superblock.Role(UUID.randomUUID(), RoleState.IN_SYNC));
        }
        for (int step = 0; step < 2; step++) {
            boolean complete = step == 1;
            for (int role = 0; role < devices.size(); role++) {
                BlockDevice device = devices.get(role);
                Superblock superblock = new Superblock(
                        array,
                        roles.get(role).member(),
                        step + 1,
                        spec.level(),
                        role,
                        spec.chunkBytes(),
                        true,
                        complete,
                        device.geometry().discardZeroes(),
                        0,
                        0,
                        regions.get(role).withDataLength(data),
                        spec.name(),
                        roles);
                if (!complete) {
                    clear(device, superblock.regions());
                    writeHead(device, new JournalHead(array, 1, 1, 0, 0));
                }
                BlockIo.await(device, SuperblockStore.write(device, superblock));
            }
        }
    }

    /** Divides a device with blocks that fit ours. */
    static Regions regions(BlockDevice device, int chunk) throws DeviceException {
        int block = device.geometry().blockSize();
        if (Addressing.BLOCK % block != 0) {
            throw new DeviceException(
                    Code.UNSUPPORTED, device.name(), "blocks of " + block + " bytes found, 512 to 4096 expected");
        }
        return Regions.of(device.name(), device.geometry().size(), chunk);
    }

    /** Refuses a device that belongs to an array. */
    static void checkBlank(BlockDevice device) throws DeviceException {
        SuperblockStore.Found found = SuperblockStore.read(device);
        Superblock superblock = found.superblock();
        if (superblock != null) {
            throw new DeviceException(
                    Code.BUSY,
                    device.name(),
                    "member " + superblock.role() + " of array '" + superblock.name() + "' (" + superblock.array()
                            + ") found, a blank device expected: take another, or wipe this one");
        }
    }

    /** Empties all regions. Not durable. */
    static void clear(BlockDevice device, Regions regions) throws DeviceException {
        write(device, Regions.SUPERBLOCKS_OFFSET, regions.checksumsOffset() + regions.checksumsLength());
        if (device.geometry().discardZeroes()) {
            BlockIo.writeZeroes(device, regions.dataOffset(), regions.dataLength(), WriteMode.CACHED);
        }
    }

    static void writeHead(BlockDevice device, JournalHead head) throws DeviceException {
        BlockIo.write(device, head.offset(), head.encode(), WriteMode.FUA);
    }

    private static void write(BlockDevice device, long from, long end) throws DeviceException {
        for (long at = from; at < end; ) {
            int step = (int) Math.min(ZEROES.capacity(), end - at);
            BlockIo.write(device, at, ZEROES.duplicate().limit(step), WriteMode.CACHED);
            at += step;
        }
    }
}
