package dev.quoin.iscsi;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceProvider;
import dev.quoin.device.FileDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.UnitIdentity;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Exports a file as logical unit 0 until it is ended; for measurements and for trying clients by hand. */
public final class ServeFile {

    private ServeFile() {}

    /** Arguments: port, file or {@code memory} for a disk of 64 MiB that is gone afterwards. */
    public static void main(String[] args) throws Exception {
        BlockDevice device = args[1].equals("memory")
                ? new MemoryDevice("memory", 512, 64 << 20)
                : FileDevice.open(Path.of(args[1]), DeviceProvider.Access.READ_WRITE);
        IscsiTarget target = IscsiTarget.start(IscsiTargetConfig.of(
                "iqn.2026-11.dev.quoin:test",
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0])),
                List.of(new LogicalUnit(0, device, UnitIdentity.of("test-0")))));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            target.close();
            device.close();
        }));
        System.out.println("serving on port " + target.port());
        new CountDownLatch(1).await();
    }
}
