package dev.quoin.iscsi.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceProvider;
import dev.quoin.device.WriteMode;
import dev.quoin.iscsi.Exported;
import dev.quoin.iscsi.initiator.InitiatorConfig;
import dev.quoin.iscsi.initiator.IscsiDevice;
import dev.quoin.iscsi.initiator.IscsiUrl;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Proves that the initiator works with a target of others, tgt. */
@Timeout(60)
class TgtTest {

    private static final String NAME = "iqn.2026-11.dev.quoin:tgt";
    private static final String PACKAGE = "tgt";

    @TempDir
    Path directory;

    @Test
    void initiator_writesToTgt_andReadsItBack() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "tgtd runs as root only");
        Program daemon = Program.named("tgtd", PACKAGE);
        Program admin = Program.named("tgtadm", PACKAGE);
        Path file = directory.resolve("lun");
        try (RandomAccessFile made = new RandomAccessFile(file.toFile(), "rw")) {
            made.setLength(16 << 20);
        }
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        String control = Integer.toString(20_000 + (port % 10_000));
        Process tgtd = daemon.start(
                directory.resolve("tgtd.log"), List.of("-f", "-C", control, "--iscsi", "portal=127.0.0.1:" + port));
        try {
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> admin.run("-C", control, "--lld", "iscsi", "--op", "show", "--mode", "sys")
                                    .status()
                            == 0);
            admin.good("-C", control, "--lld", "iscsi", "--op", "new", "--mode", "target", "--tid", "1", "-T", NAME);
            admin.good(
                    "-C",
                    control,
                    "--lld",
                    "iscsi",
                    "--op",
                    "new",
                    "--mode",
                    "logicalunit",
                    "--tid",
                    "1",
                    "--lun",
                    "1",
                    "-b",
                    file.toString());
            admin.good("-C", control, "--lld", "iscsi", "--op", "bind", "--mode", "target", "--tid", "1", "-I", "ALL");
            try (BlockDevice device = IscsiDevice.open(
                    new IscsiUrl("127.0.0.1", port, NAME, 1, null),
                    InitiatorConfig.of(Exported.INITIATOR),
                    DeviceProvider.Access.READ_WRITE)) {
                assertThat(device.geometry().size()).isEqualTo(16 << 20);
                byte[] data = new byte[1 << 20];
                new Random(7).nextBytes(data);
                device.write(1 << 20, ByteBuffer.wrap(data), WriteMode.FUA).get(20, TimeUnit.SECONDS);
                ByteBuffer back = ByteBuffer.allocate(data.length);
                device.read(1 << 20, back).get(20, TimeUnit.SECONDS);
                assertThat(back.array()).isEqualTo(data);
            }
        } finally {
            tgtd.destroyForcibly().waitFor();
        }
    }
}
