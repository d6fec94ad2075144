package dev.quoin.iscsi.initiator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceProvider;
import dev.quoin.device.Devices;
import dev.quoin.device.Fault;
import dev.quoin.device.FaultyDevice;
import dev.quoin.device.ForwardingDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.PowerSupply;
import dev.quoin.device.WriteMode;
import dev.quoin.iscsi.Exported;
import dev.quoin.property.Property;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Proves that a unit of our target, opened by our initiator, is a block device as the contract says. */
class IscsiDeviceTest {

    private static final int BLOCK = 512;
    private static final long SIZE = 8 << 20;

    @Test
    void randomOperations_overTheWire_giveTheSameBytesAsAnArray() {
        Property.forAll(3, random -> {
            try (MemoryDevice memory = new MemoryDevice("memory", BLOCK, SIZE);
                    Exported exported = Exported.devices(memory);
                    IscsiDevice device = exported.open(0)) {
                byte[] model = new byte[(int) SIZE];
                for (int i = 0; i < 80; i++) {
                    int length = (1 + random.nextInt(random.nextBoolean() ? 16 : 6000)) * BLOCK;
                    int offset = random.nextInt((int) (SIZE - length) / BLOCK + 1) * BLOCK;
                    WriteMode mode = random.nextBoolean() ? WriteMode.CACHED : WriteMode.FUA;
                    switch (random.nextInt(8)) {
                        case 0 -> {
                            BlockIo.writeZeroes(device, offset, length, mode);
                            Arrays.fill(model, offset, offset + length, (byte) 0);
                        }
                        case 1 -> BlockIo.flush(device);
                        case 2, 3, 4 -> {
                            byte[] bytes = new byte[length];
                            random.nextBytes(bytes);
                            ByteBuffer source = random.nextBoolean()
                                    ? ByteBuffer.wrap(bytes)
                                    : ByteBuffer.allocateDirect(length)
                                            .put(bytes)
                                            .flip();
                            BlockIo.write(device, offset, source, mode);
                            assertThat(source.hasRemaining()).isFalse();
                            System.arraycopy(bytes, 0, model, offset, length);
                        }
                        default -> {
                            ByteBuffer target = random.nextBoolean()
                                    ? ByteBuffer.allocate(length)
                                    : ByteBuffer.allocateDirect(length);
                            BlockIo.read(device, offset, target);
                            assertThat(target.hasRemaining()).isFalse();
                            assertThat(target.flip()).isEqualTo(ByteBuffer.wrap(model, offset, length));
                        }
                    }
                }
                assertThat(BlockIo.read(device, 0, (int) SIZE)).isEqualTo(ByteBuffer.wrap(model));
                assertThat(BlockIo.read(memory, 0, (int) SIZE)).isEqualTo(ByteBuffer.wrap(model));
            }
        });
    }

    @Test
    void manyRequestsAtOnce_fromSeveralThreads_allReachTheirPlace() throws Exception {
        try (MemoryDevice memory = new MemoryDevice("memory", BLOCK, SIZE);
                Exported exported = Exported.devices(memory);
                IscsiDevice device = exported.open(0)) {
            List<Thread> threads = new ArrayList<>();
            List<CompletableFuture<Void>> writes = Collections.synchronizedList(new ArrayList<>());
            int perThread = 500;
            for (int t = 0; t < 4; t++) {
                int thread = t;
                threads.add(Thread.ofPlatform().start(() -> {
                    for (int i = 0; i < perThread; i++) {
                        int block = thread * perThread + i;
                        ByteBuffer source = ByteBuffer.allocateDirect(BLOCK).putInt(0, block);
                        writes.add(device.write((long) block * BLOCK, source, WriteMode.CACHED));
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new)).join();
            for (int block = 0; block < 4 * perThread; block++) {
                assertThat(BlockIo.read(memory, (long) block * BLOCK, BLOCK).getInt(0))
                        .isEqualTo(block);
            }
        }
    }

    @Test
    void serialNumber_isThatOfTheUnit_alsoThroughWhatForwards_andWhenTheTargetIsGone() throws Exception {
        try (MemoryDevice memory = new MemoryDevice("memory", BLOCK, SIZE)) {
            BlockDevice device;
            try (Exported exported = Exported.devices(memory, memory)) {
                device = new FaultyDevice(new ForwardingDevice(exported.open(1)) {}, new PowerSupply(1));
                assertThat(memory.serialNumber()).isEmpty();
                assertThat(device.serialNumber()).contains("test-1");
            }
            assertThat(device.serialNumber()).contains("test-1");
            device.close();
            assertThat(device.serialNumber()).contains("test-1");
        }
    }

    @Test
    void geometry_ofTheUnit_isThatOfTheDevice() throws Exception {
        try (MemoryDevice memory = new MemoryDevice("memory", 4096, SIZE);
                Exported exported = Exported.devices(memory);
                BlockDevice device = Devices.open(
                        exported.text(0) + "?initiator=" + Exported.INITIATOR, DeviceProvider.Access.READ_WRITE)) {
            assertThat(device.geometry().blockSize()).isEqualTo(4096);
            assertThat(device.geometry().size()).isEqualTo(SIZE);
            assertThat(device.geometry().discardZeroes())
                    .isEqualTo(memory.geometry().discardZeroes());
            assertThat(exported.target().sessions())
                    .anyMatch(s -> s.initiatorName().equals(Exported.INITIATOR));
        }
    }

    @Test
    void durability_isPassedOn_fuaAndFlushReachTheDevice() throws Exception {
        try (MemoryDevice memory = new MemoryDevice("memory", BLOCK, SIZE);
                FaultyDevice watched = new FaultyDevice(memory, new PowerSupply(1));
                Exported exported = Exported.devices(watched);
                IscsiDevice device = exported.open(0)) {
            BlockIo.write(device, 0, ByteBuffer.allocate(BLOCK), WriteMode.FUA);
            assertThat(watched.counters().fua()).isEqualTo(1);
            BlockIo.write(device, 0, ByteBuffer.allocate(BLOCK), WriteMode.CACHED);
            assertThat(watched.counters().fua()).isEqualTo(1);
            long flushes = watched.counters().flushes();
            BlockIo.flush(device);
            assertThat(watched.counters().flushes()).isEqualTo(flushes + 1);
        }
    }

    @Test
    void deviceFault_overTheWire_keepsItsCode() throws Exception {
        try (MemoryDevice memory = new MemoryDevice("memory", BLOCK, SIZE);
                FaultyDevice faulty = new FaultyDevice(memory, new PowerSupply(1));
                Exported exported = Exported.devices(faulty);
                IscsiDevice device = exported.open(0)) {
            faulty.inject(Fault.readError(4096, BLOCK, 2));
            assertFails(DeviceException.Code.MEDIUM_ERROR, () -> BlockIo.read(device, 4096, BLOCK));
            faulty.clearFaults();
            faulty.inject(Fault.writeError(4096, BLOCK, 1));
            assertFails(
                    DeviceException.Code.MEDIUM_ERROR,
                    () -> BlockIo.write(device, 4096, ByteBuffer.allocate(BLOCK), WriteMode.CACHED));
            faulty.clearFaults();
            assertThat(BlockIo.read(device, 4096, BLOCK).remaining()).isEqualTo(BLOCK);
            faulty.disconnect();
            assertFails(DeviceException.Code.GONE, () -> BlockIo.read(device, 0, BLOCK));
        }
    }

    @Test
    void requestOutsideTheDevice_isRefused_withoutMovingAByte() throws Exception {
        try (MemoryDevice memory = new MemoryDevice("memory", BLOCK, SIZE);
                Exported exported = Exported.devices(memory);
                IscsiDevice device = exported.open(0)) {
            assertFails(DeviceException.Code.OUT_OF_RANGE, () -> BlockIo.read(device, SIZE, BLOCK));
            assertFails(DeviceException.Code.OUT_OF_RANGE, () -> BlockIo.read(device, 1, BLOCK));
        }
    }

    @Test
    void closedDevice_isGone() throws Exception {
        try (MemoryDevice memory = new MemoryDevice("memory", BLOCK, SIZE);
                Exported exported = Exported.devices(memory)) {
            IscsiDevice closed;
            try (IscsiDevice device = exported.open(0)) {
                closed = device;
            }
            assertFails(DeviceException.Code.GONE, () -> BlockIo.read(closed, 0, BLOCK));
        }
    }

    @Test
    void open_ofWhatIsNotThere_saysSo() throws Exception {
        try (MemoryDevice memory = new MemoryDevice("memory", BLOCK, SIZE);
                Exported exported = Exported.devices(memory)) {
            assertFails(DeviceException.Code.GONE, () -> exported.open(7).close());
            IscsiUrl other = new IscsiUrl("127.0.0.1", exported.target().port(), "iqn.2026-11.dev.quoin:no", 0, null);
            assertFails(
                    DeviceException.Code.GONE,
                    () -> IscsiDevice.open(
                                    other, InitiatorConfig.of(Exported.INITIATOR), DeviceProvider.Access.READ_WRITE)
                            .close());
            exported.target().fence(Exported.INITIATOR);
            assertFails(DeviceException.Code.FENCED, () -> exported.open(0).close());
        }
    }

    private interface Action {
        void run() throws Exception;
    }

    private static void assertFails(DeviceException.Code code, Action action) {
        assertThatThrownBy(action::run)
                .isInstanceOfSatisfying(
                        DeviceException.class,
                        failure -> assertThat(failure.code()).isEqualTo(code));
    }
}
