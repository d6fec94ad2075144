package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
        checkMembers(spec, devices.size());
        Addressing map = Addressing.of(spec.level(), devices.size(), spec.chunkBytes());
        List<Regions> regions = new ArrayList<>();
        long data = Long.MAX_VALUE;
        long most = 0;
        for (BlockDevice device : devices) {
            checkBlank(device);
            Regions own = regions(device, map);
            regions.add(own);
            data = Math.min(data, own.dataLength());
            most = Math.max(most, own.dataLength());
        }
        if (spec.level() == Level.RAID0 && data != most && !spec.cutsToSmallest()) {
            throw new DeviceException(
                    Code.UNSUPPORTED,
                    "array " + spec.name(),
                    "members with room for " + data + " to " + most
                            + " bytes of data found, equal ones expected for RAID 0:"
                            + " take others, or say that only as much as the smallest has is to be used of each");
        }
        UUID array = UUID.randomUUID();
        List<Superblock.Role> roles = new ArrayList<>();
        for (int i = 0; i < devices.size(); i++) {
            boolean writeMostly = spec.writeMostly().contains(i);
            roles.add(new Superblock.Role(UUID.randomUUID(), RoleState.IN_SYNC, writeMostly, 0));
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
                        map.chunkBytes(),
                        true,
                        complete,
                        device.geometry().discardZeroes(),
                        spec.verifiesReads(),
                        spec.journal(),
                        0,
                        regions.get(role).withDataLength(data),
                        spec.name(),
                        roles);
                if (!complete) {
                    clear(device, superblock.regions());
                    writeHead(device, new JournalHead(array, 1, 1, 0, 0));
                    // What was cleared, before a superblock says so.
                    BlockIo.flush(device);
                }
                BlockIo.await(device, SuperblockStore.write(device, superblock));
            }
        }
    }

    private static void checkMembers(ArraySpec spec, int count) throws DeviceException {
        String object = "array " + spec.name();
        if (!spec.level().allows(count)) {
            throw new DeviceException(
                    Code.UNSUPPORTED,
                    object,
                    count + " members found, " + spec.level().allowed() + " expected for " + spec.level());
        }
        if (spec.writeMostly().stream().anyMatch(role -> role < 0 || role >= count)) {
            throw new DeviceException(
                    Code.UNSUPPORTED,
                    object,
                    "write-mostly members " + spec.writeMostly() + " found, 0 to " + (count - 1) + " expected");
        }
    }

    /** Divides a device with blocks that fit into cells. */
    static Regions regions(BlockDevice device, Addressing map) throws DeviceException {
        int block = device.geometry().blockSize();
        if (map.cell() % block != 0) {
            throw new DeviceException(
                    Code.UNSUPPORTED,
                    device.name(),
                    "blocks of " + block + " bytes found, 512 to " + map.cell() + " expected for " + map.level()
                            + " of " + map.layout().roles() + " members: take a device with smaller blocks"
                            + (map.cutsBlocks() ? ", or fewer members" : ""));
        }
        return Regions.of(device.name(), device.geometry().size(), map);
    }

    /** Refuses a device that belongs to an array. */
    static void checkBlank(BlockDevice device) throws DeviceException {
        String owner = owner(device).orElse(null);
        if (owner != null) {
            throw new DeviceException(
                    Code.BUSY,
                    device.name(),
                    owner + " found, a blank device expected: take another, or wipe this one");
        }
    }

    /** Whose a device is, of ours or of Linux md, as words for a message; empty if nobody's. */
    static Optional<String> owner(BlockDevice device) {
        Superblock superblock = SuperblockStore.read(device).superblock();
        return superblock == null
                ? MdSuperblockStore.owner(device)
                : Optional.of("member " + superblock.role() + " of array '" + superblock.name() + "' ("
                        + superblock.array() + ")");
    }

    /** Empties all regions and the superblocks, also those of Linux md. Not durable. */
    static void clear(BlockDevice device, Regions regions) throws DeviceException {
        wipe(device);
        clearRegions(device, regions);
    }

    /** Empties all places where a superblock of ours or of Linux md may lie: the device is no member of anything. Not durable. */
    static void wipe(BlockDevice device) throws DeviceException {
        for (long place : SuperblockStore.places(device)) {
            write(device, place, place + Superblock.SIZE);
        }
        MdSuperblockStore.erase(device, WriteMode.CACHED);
    }

    /** Empties all regions but for the superblocks. Not durable. */
    static void clearRegions(BlockDevice device, Regions regions) throws DeviceException {
        write(device, Regions.BITMAP_OFFSET, regions.checksumsOffset() + regions.checksumsLength());
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
