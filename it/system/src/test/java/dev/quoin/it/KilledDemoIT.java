package dev.quoin.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceProvider;
import dev.quoin.device.Devices;
import dev.quoin.device.WriteMode;
import dev.quoin.property.Property;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Proves that a demo that is killed with SIGKILL in the middle of writing comes up clean, with every write that it acknowledged
 * as durable: blocks by iSCSI and files through the file system.
 */
class KilledDemoIT {

    private static final int BLOCK = 4096;
    private static final int BLOCKS = 4096;
    private static final int FILES = 3;
    private static final Duration START_MAX = Duration.ofSeconds(90);

    @TempDir
    Path temp;

    @Test
    void demo_killedWhileItWrites_keepsWhatItAcknowledged() throws Exception {
        long seed = Long.getLong("seed", 20_261_123L);
        RandomGenerator random = Property.random(seed);
        Path dir = temp.resolve("demo");
        int port = QuoinProcess.freePorts(1).getFirst();
        Map<Integer, Integer> acknowledged = new HashMap<>();
        List<Path> files = new ArrayList<>();
        int inFlight;

        Process first = start(dir, port, "first");
        try {
            for (int i = 0; i < FILES; i++) {
                Path file = temp.resolve("file" + i);
                byte[] content = new byte[100_000 + i];
                random.nextBytes(content);
                Files.write(file, content);
                assertThat(quoin(dir, "fs", "cp", file.toString(), "shared0:/file" + i))
                        .isZero();
                files.add(file);
            }
            inFlight = writeUntilKilled(first, port, random, acknowledged);
        } finally {
            first.destroyForcibly().waitFor();
        }

        Process second = start(dir, port, "second");
        try {
            assertThat(quoin(dir, "status"))
                    .as("exit status of quoin status, seed %s", seed)
                    .isZero();
            assertBlocks(port, acknowledged, inFlight, seed);
            for (int i = 0; i < FILES; i++) {
                Path copy = temp.resolve("copy" + i);
                assertThat(quoin(dir, "fs", "cp", "--node", "node-b", "shared0:/file" + i, copy.toString()))
                        .isZero();
                assertThat(copy).hasSameBinaryContentAs(files.get(i));
            }
        } finally {
            second.destroy();
            assertThat(second.waitFor(30, TimeUnit.SECONDS))
                    .as("ends when told to")
                    .isTrue();
        }
    }

    /** Writes block after block with FUA; kills the demo while it does. Gives the block whose write was not acknowledged. */
    private static int writeUntilKilled(
            Process demo, int port, RandomGenerator random, Map<Integer, Integer> acknowledged) throws DeviceException {
        int last = -1;
        try (BlockDevice disk = Devices.open(url(port), DeviceProvider.Access.READ_WRITE)) {
            for (int write = 1; ; write++) {
                last = random.nextInt(BLOCKS);
                if (write == 600) {
                    demo.destroyForcibly();
                }
                BlockIo.write(disk, (long) last * BLOCK, pattern(last, write), WriteMode.FUA);
                acknowledged.put(last, write);
            }
        } catch (DeviceException killed) {
            assertThat(acknowledged).hasSizeGreaterThan(100);
        }
        return last;
    }

    private static void assertBlocks(int port, Map<Integer, Integer> acknowledged, int inFlight, long seed)
            throws DeviceException {
        try (BlockDevice disk = Devices.open(url(port), DeviceProvider.Access.READ_ONLY)) {
            for (Map.Entry<Integer, Integer> entry : acknowledged.entrySet()) {
                if (entry.getKey() != inFlight) {
                    assertThat(BlockIo.read(disk, (long) entry.getKey() * BLOCK, BLOCK))
                            .as("block %s, write %s, seed %s", entry.getKey(), entry.getValue(), seed)
                            .isEqualTo(pattern(entry.getKey(), entry.getValue()));
                }
            }
        }
    }

    private static ByteBuffer pattern(int block, int write) {
        ByteBuffer content = ByteBuffer.allocate(BLOCK);
        while (content.hasRemaining()) {
            content.putInt(block).putInt(write);
        }
        return content.flip();
    }

    private static String url(int port) {
        return "iscsi://127.0.0.1:" + port + "/iqn.2026-11.dev.quoin:demo/0?initiator=iqn.2026-11.dev.quoin:killed";
    }

    private Process start(Path dir, int port, String name) throws IOException {
        Path out = temp.resolve(name + ".log");
        Process demo = QuoinProcess.with(List.of("demo", "--dir", dir.toString(), "--port", String.valueOf(port)))
                .redirectOutput(out.toFile())
                .start();
        await().atMost(START_MAX).until(() -> {
            assertThat(demo.isAlive())
                    .as("the demo runs; it said: %s", Files.readString(out))
                    .isTrue();
            return Files.readString(out).contains("Ctrl-C");
        });
        return demo;
    }

    private int quoin(Path dir, String... arguments) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of(arguments));
        // Options of a leaf command go behind its name.
        all.addAll(arguments[0].equals("fs") ? 2 : 1, List.of("--dir", dir.toString()));
        Process process = QuoinProcess.with(all)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        temp.resolve("commands.log").toFile()))
                .start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("%s ends", all).isTrue();
        return process.exitValue();
    }
}
