package dev.quoin.bench.iscsi;

import dev.quoin.bench.Child;
import dev.quoin.device.DeviceProvider;
import dev.quoin.device.FileDevice;
import dev.quoin.iscsi.IscsiTarget;
import dev.quoin.iscsi.IscsiTargetConfig;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.UnitIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;

/** Exports a file by Quoin's target until its standard input ends: {@code FILE PORT}. */
public final class QuoinTargetMain {

    static final String TARGET = "iqn.2026-11.dev.quoin:bench";
    static final int LUN = 0;

    /** The same file with slow regions: handed over to other threads, and waited for by the thread of the connection. */
    static final int SLOW_LUN = 1;

    static final int SLOW_INLINE_LUN = 2;

    static final int BLOCK_SIZE = FileDevice.BLOCK_SIZE;

    private QuoinTargetMain() {}

    /** Runs until standard input ends. */
    public static void main(String[] arguments) throws IOException {
        InetSocketAddress portal =
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[1]));
        try (FileDevice device = FileDevice.open(Path.of(arguments[0]), DeviceProvider.Access.READ_WRITE);
                IscsiTarget target = IscsiTarget.start(IscsiTargetConfig.of(
                        TARGET,
                        portal,
                        List.of(
                                new LogicalUnit(LUN, device, UnitIdentity.of("bench0")),
                                new LogicalUnit(SLOW_LUN, new SlowRegions(device, false), UnitIdentity.of("bench1")),
                                new LogicalUnit(
                                        SLOW_INLINE_LUN, new SlowRegions(device, true), UnitIdentity.of("bench2")))))) {
            Child.ready("port " + target.port());
            Child.awaitEnd();
        }
    }
}
