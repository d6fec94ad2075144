package dev.quoin.bench.iscsi;

import dev.quoin.bench.Child;
import dev.quoin.blockstore.BlockStore;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceProvider;
import dev.quoin.device.FileDevice;
import dev.quoin.device.WriteMode;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.server.LocalLocks;
import dev.quoin.iscsi.IscsiTarget;
import dev.quoin.iscsi.IscsiTargetConfig;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.UnitIdentity;
import dev.quoin.raid.ArraySpec;
import dev.quoin.raid.RaidArray;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Exports a RAID 5 array of member files, and a thin volume on another such array, by Quoin's target until its standard input ends:
 * {@code DIRECTORY PORT}. Both are full before the first command, so that no read finds a hole and no write needs a new extent.
 */
public final class LayersTargetMain {

    static final String TARGET = "iqn.2026-11.dev.quoin:bench-layers";
    static final int ARRAY_LUN = 0;
    static final int VOLUME_LUN = 1;

    /** Of arrays and volumes, in bytes. */
    static final int BLOCK_SIZE = 4096;

    /** 256 MiB, as the plain file has. */
    private static final long VOLUME_SIZE = 256L << 20;

    private static final int MEMBERS = 4;

    /** So that the data of three members hold the volume and what array and pool need for themselves. */
    private static final long MEMBER_SIZE = 128L << 20;

    private static final int PIECE = 1 << 20;

    private LayersTargetMain() {}

    /** Runs until standard input ends. */
    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        InetSocketAddress portal =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[1]));
        List<BlockDevice> members = new ArrayList<>();
        try (RaidArray plain = array(directory, "plain", members);
                RaidArray pooled = array(directory, "pooled", members);
                LocalLocks locks = LocalLocks.create();
                LockClient session = locks.connect("bench");
                BlockStore store = BlockStore.open(session, Map.of("pooled", pooled))) {
            store.createPool("pool", List.of("pooled"));
            store.createVolume("pool", "volume", VOLUME_SIZE);
            try (BlockDevice volume = store.openVolume("volume")) {
                fill(plain);
                fill(volume);
                try (IscsiTarget target = IscsiTarget.start(IscsiTargetConfig.of(
                        TARGET,
                        portal,
                        List.of(
                                new LogicalUnit(ARRAY_LUN, plain, UnitIdentity.of("array")),
                                new LogicalUnit(VOLUME_LUN, volume, UnitIdentity.of("volume")))))) {
                    Child.ready("port " + target.port());
                    Child.awaitEnd();
                }
            }
        } finally {
            members.forEach(BlockDevice::close);
        }
    }

    private static RaidArray array(Path directory, String name, List<BlockDevice> opened) throws IOException {
        List<BlockDevice> members = new ArrayList<>();
        for (int i = 0; i < MEMBERS; i++) {
            Path file = directory.resolve(name + "-" + i);
            FileDevice.create(file, MEMBER_SIZE).close();
            members.add(FileDevice.open(file, DeviceProvider.Access.READ_WRITE));
        }
        opened.addAll(members);
        return RaidArray.create(ArraySpec.raid5(name), members);
    }

    private static void fill(BlockDevice device) throws IOException {
        Random random = new Random(1);
        byte[] piece = new byte[PIECE];
        long size = device.geometry().size();
        for (long at = 0; at < size; at += PIECE) {
            random.nextBytes(piece);
            BlockIo.write(
                    device,
                    at,
                    ByteBuffer.wrap(piece, 0, (int) Math.min(PIECE, size - at)).slice(),
                    WriteMode.CACHED);
        }
        device.flush().join();
    }
}
