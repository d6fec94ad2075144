package dev.quoin.iscsi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceProvider;
import dev.quoin.device.FileDevice;
import dev.quoin.device.WriteMode;
import dev.quoin.iscsi.initiator.InitiatorConfig;
import dev.quoin.iscsi.initiator.IscsiDevice;
import dev.quoin.iscsi.initiator.IscsiUrl;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Proves that a target that is killed under writes loses none that it has acknowledged, and that the initiator goes on when it is
 * back. {@code -Discsi.kills} says how often it is killed.
 */
@Timeout(600)
class KilledTargetTest {

    private static final int KILLS = Integer.getInteger("iscsi.kills", 6);
    private static final int BLOCK = 4096;
    private static final int BLOCKS = 512;
    private static final int WRITERS = 8;
    private static final int WRITES_BETWEEN_KILLS = 200;

    @TempDir
    Path directory;

    private static Process start(Path file, int port) throws IOException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        ServeFile.class.getName(),
                        Integer.toString(port),
                        file.toString())
                .redirectErrorStream(true)
                .redirectOutput(new File(file + ".log"))
                .start();
        return process;
    }

    /** What a block holds after a write: its number and how often it was written, all over. */
    private static ByteBuffer content(int block, long version) {
        ByteBuffer data = ByteBuffer.allocateDirect(BLOCK);
        while (data.hasRemaining()) {
            data.putLong(block).putLong(version);
        }
        return data.flip();
    }

    @Test
    void acknowledgedWrites_outliveKilledTargets() throws Exception {
        Path file = directory.resolve("lun");
        try (RandomAccessFile made = new RandomAccessFile(file.toFile(), "rw")) {
            made.setLength((long) BLOCK * BLOCKS);
        }
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        AtomicLongArray acknowledged = new AtomicLongArray(BLOCKS);
        AtomicLongArray begun = new AtomicLongArray(BLOCKS);
        AtomicLong writes = new AtomicLong();
        AtomicBoolean over = new AtomicBoolean();
        Process target = start(file, port);
        Random random = new Random(5);
        InitiatorConfig patient = InitiatorConfig.of(Exported.INITIATOR)
                .withTimeouts(Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofSeconds(60));
        try {
            awaitPort(port);
            try (IscsiDevice device = IscsiDevice.open(
                    new IscsiUrl("127.0.0.1", port, Exported.NAME, 0, null),
                    patient,
                    DeviceProvider.Access.READ_WRITE)) {
                CompletableFuture<?>[] writers = new CompletableFuture<?>[WRITERS];
                for (int writer = 0; writer < WRITERS; writer++) {
                    int mine = writer;
                    writers[writer] = CompletableFuture.runAsync(
                            () -> write(device, mine, begun, acknowledged, writes, over),
                            task -> Thread.ofVirtual().start(task));
                }
                for (int kill = 0; kill < KILLS; kill++) {
                    awaitWrites(writes, kill);
                    // The kill falls anywhere between two writes or in one.
                    Thread.sleep(random.nextInt(30));
                    target.destroyForcibly().waitFor();
                    target = start(file, port);
                }
                awaitWrites(writes, KILLS);
                over.set(true);
                CompletableFuture.allOf(writers).get(60, TimeUnit.SECONDS);
            }
        } finally {
            target.destroyForcibly().waitFor();
        }
        check(file, begun, acknowledged);
    }

    private static void write(
            BlockDevice device,
            int writer,
            AtomicLongArray begun,
            AtomicLongArray acknowledged,
            AtomicLong writes,
            AtomicBoolean over) {
        Random random = new Random(writer);
        while (!over.get()) {
            // Each writer has blocks of its own, so that their order is its own.
            int block = random.nextInt(BLOCKS / WRITERS) * WRITERS + writer;
            long version = begun.incrementAndGet(block);
            device.write((long) block * BLOCK, content(block, version), WriteMode.FUA)
                    .join();
            acknowledged.set(block, version);
            writes.incrementAndGet();
        }
    }

    private static void awaitWrites(AtomicLong writes, int kills) throws InterruptedException {
        long wanted = writes.get() + WRITES_BETWEEN_KILLS;
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (writes.get() < wanted && System.nanoTime() - deadline < 0) {
            Thread.sleep(5);
        }
        assertThat(writes.get()).as("writes after %s kills", kills).isGreaterThanOrEqualTo(wanted);
    }

    private static void check(Path file, AtomicLongArray begun, AtomicLongArray acknowledged) throws Exception {
        try (BlockDevice device = FileDevice.open(file, DeviceProvider.Access.READ_WRITE)) {
            for (int block = 0; block < BLOCKS; block++) {
                ByteBuffer data = ByteBuffer.allocate(BLOCK);
                device.read((long) block * BLOCK, data).get(10, TimeUnit.SECONDS);
                long version = data.getLong(8);
                assertThat(version)
                        .as("version of block %s", block)
                        .isBetween(acknowledged.get(block), begun.get(block));
                assertThat(data.flip()).isEqualTo(version == 0 ? ByteBuffer.allocate(BLOCK) : content(block, version));
            }
        }
    }

    private static void awaitPort(int port) throws Exception {
        for (int i = 0; i < 400; i++) {
            try (java.net.Socket socket = new java.net.Socket(InetAddress.getLoopbackAddress(), port)) {
                assertThat(socket.isConnected()).isTrue();
                return;
            } catch (IOException notYet) {
                Thread.sleep(50);
            }
        }
        throw new AssertionError("no target on port " + port);
    }
}
