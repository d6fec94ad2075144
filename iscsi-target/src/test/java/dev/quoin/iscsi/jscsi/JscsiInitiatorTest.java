package dev.quoin.iscsi.jscsi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.quoin.device.BlockIo;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.WriteMode;
import dev.quoin.iscsi.Exported;
import dev.quoin.iscsi.initiator.IscsiDevice;
import dev.quoin.property.Property;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jscsi.exception.TaskExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Proves that jSCSI's initiator logs in to our target, writes, reads the same back and logs out, with several sessions and units at
 * once; and names each defect of it that keeps it from more.
 */
class JscsiInitiatorTest {

    private static final int BLOCK = 512;
    private static final long SIZE = 8 << 20;
    private static final int UNITS = 3;
    private static final String NAME = "iqn.2026-11.dev.quoin:jscsi";

    @TempDir
    private Path directory;

    private final List<MemoryDevice> devices = new ArrayList<>();
    private Exported exported;

    @BeforeEach
    void start() throws Exception {
        for (int i = 0; i < UNITS; i++) {
            devices.add(new MemoryDevice("unit" + i, BLOCK, SIZE));
        }
        exported = Exported.with(
                Exported.config(0, devices.toArray(MemoryDevice[]::new)).withoutPowerOnAttention());
    }

    @AfterEach
    void stop() {
        exported.close();
        devices.forEach(MemoryDevice::close);
    }

    @Test
    void session_logsIn_seesTheDisk_andLogsOut() throws Exception {
        try (JscsiClient client = logIn("")) {
            assertThat(client.blockSize()).isEqualTo(BLOCK);
            assertThat(client.lastBlock()).isEqualTo(SIZE / BLOCK - 1);
            assertThat(exported.target().sessions())
                    .singleElement()
                    .satisfies(session -> assertThat(session.initiatorName()).isEqualTo(NAME));
        }
        await().atMost(Duration.ofSeconds(5))
                .until(() -> exported.target().sessions().isEmpty());
    }

    /** The numbers are those at which jSCSI starts another command or another burst. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 16, 17, 64, 65, 128, 129, 192, 193, 448, 1024, 1025, 3072, 4096})
    void blocks_writtenByIt_areOnTheDevice_andReadBackByIt(int blocks) throws Exception {
        byte[] bytes = random(blocks, blocks * BLOCK);
        try (JscsiClient client = logIn("")) {
            client.write(3, bytes);
            assertThat(BlockIo.read(devices.getFirst(), 3 * BLOCK, bytes.length).array())
                    .isEqualTo(bytes);
            assertThat(client.read(3, bytes.length)).isEqualTo(bytes);
        }
    }

    @Test
    void blocks_withoutImmediateData_areWrittenByR2tAlone() throws Exception {
        byte[] bytes = random(5, 300 * BLOCK);
        try (JscsiClient client = logIn("<ImmediateData>No</ImmediateData>")) {
            client.write(0, bytes);
        }
        assertThat(BlockIo.read(devices.getFirst(), 0, bytes.length).array()).isEqualTo(bytes);
    }

    @Test
    void blocks_writtenByOurInitiator_areReadByIt_andTheOtherWayRound() {
        Property.forAll(10, random -> {
            int lba = random.nextInt(8_000);
            byte[] bytes = random(random.nextLong(), (1 + random.nextInt(500)) * BLOCK);
            byte[] others = random(random.nextLong(), bytes.length);
            try (JscsiClient client = logIn("");
                    IscsiDevice ours = exported.open(0)) {
                BlockIo.write(ours, (long) lba * BLOCK, ByteBuffer.wrap(bytes), WriteMode.CACHED);
                assertThat(client.read(lba, bytes.length)).isEqualTo(bytes);
                client.write(lba, others);
                assertThat(BlockIo.read(ours, (long) lba * BLOCK, others.length).array())
                        .isEqualTo(others);
            }
        });
    }

    @Test
    void sessionsAtOnce_eachOnItsUnit_keepTheirDataApart() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Void>> all = new ArrayList<>();
            for (int i = 0; i < UNITS; i++) {
                int unit = i;
                all.add(() -> writeAndCompare(unit));
            }
            for (Future<Void> each : threads.invokeAll(all)) {
                each.get();
            }
        }
        for (int unit = 0; unit < UNITS; unit++) {
            assertThat(BlockIo.read(devices.get(unit), 0, 1000 * BLOCK).array()).isEqualTo(random(unit, 1000 * BLOCK));
        }
    }

    private Void writeAndCompare(int unit) throws Exception {
        try (LunRelay relay = new LunRelay(exported.target().port(), unit);
                JscsiClient client = JscsiClient.logIn(directory, relay.port(), NAME + unit, "")) {
            byte[] bytes = random(unit, 1000 * BLOCK);
            for (int at = 0; at < 1000; at += 100) {
                byte[] part = new byte[100 * BLOCK];
                System.arraycopy(bytes, at * BLOCK, part, 0, part.length);
                client.write(at, part);
            }
            assertThat(client.read(0, bytes.length)).isEqualTo(bytes);
        }
        return null;
    }

    @Test
    void defect_unitAttentionOfTheFirstCommand_isTakenForTheEnd() throws Exception {
        try (Exported usual = Exported.devices(devices.getFirst())) {
            // SAM-5 5.14 has a target report it once; this initiator gives the session up and falls over the missing
            // one.
            assertThatThrownBy(() -> JscsiClient.logIn(directory, usual.target().port(), NAME, ""))
                    .isInstanceOf(NullPointerException.class);
        }
    }

    @Test
    void defect_checkConditionOfARead_losesItsSense() throws Exception {
        JscsiClient client = logIn("");
        // Our sense data says LOGICAL BLOCK ADDRESS OUT OF RANGE; nothing of it comes through, and the session is
        // stuck, so that
        // it cannot even log out.
        assertThatThrownBy(() -> client.read((int) (SIZE / BLOCK), BLOCK))
                .isInstanceOf(TaskExecutionException.class)
                .hasStackTraceContaining("should not be instance of SCSIResponseParser");
        assertThat(exported.open(0)).isNotNull().satisfies(IscsiDevice::close);
    }

    @Test
    void defect_unsolicitedData_followsACommandThatSaysThereIsNone() throws Exception {
        JscsiClient client = logIn("<ImmediateData>No</ImmediateData><InitialR2T>No</InitialR2T>");
        byte[] bytes = random(1, 100 * BLOCK);
        // RFC 7143 11.3.1: F=1 says that no unsolicited Data-Out follows.
        assertThatThrownBy(() -> client.write(0, bytes)).isInstanceOf(TaskExecutionException.class);
        assertThat(BlockIo.read(devices.getFirst(), 0, 100 * BLOCK).array()).containsOnly(0);
    }

    private JscsiClient logIn(String keys) throws Exception {
        return JscsiClient.logIn(directory, exported.target().port(), NAME, keys);
    }

    private static byte[] random(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
