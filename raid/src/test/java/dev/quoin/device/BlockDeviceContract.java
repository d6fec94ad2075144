package dev.quoin.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.DeviceException.Code;
import dev.quoin.property.Property;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Proves that a device does what {@link BlockDevice} promises; every implementation has a subclass of this. */
public abstract class BlockDeviceContract {

    private BlockDevice device;
    private int block;
    private long size;

    /** A new device of at least 64 blocks that reads as zeroes. */
    protected abstract BlockDevice open() throws Exception;

    @BeforeEach
    void openDevice() throws Exception {
        device = open();
        block = device.geometry().blockSize();
        size = device.geometry().size();
        assertThat(device.geometry().blockCount()).isGreaterThanOrEqualTo(64);
    }

    @AfterEach
    void closeDevice() {
        device.close();
    }

    @Test
    void newDevice_isRead_givesZeroes() throws Exception {
        assertThat(bytes(0, 8 * block)).containsOnly(0);
        assertThat(bytes(size - block, block)).containsOnly(0);
    }

    @Test
    void randomOperations_againstAByteArray_giveTheSameBytes() {
        Property.forAll(10, random -> {
            int blocks = 64;
            BlockIo.writeZeroes(device, 0, (long) blocks * block, WriteMode.CACHED);
            byte[] model = new byte[blocks * block];
            for (int i = 0; i < 60; i++) {
                int first = random.nextInt(blocks);
                int count = 1 + random.nextInt(Math.min(16, blocks - first));
                step(random, model, first * block, count * block);
            }
            assertThat(bytes(0, model.length)).isEqualTo(model);
        });
    }

    private void step(RandomGenerator random, byte[] model, int from, int length) throws DeviceException {
        WriteMode mode = random.nextBoolean() ? WriteMode.CACHED : WriteMode.FUA;
        switch (random.nextInt(6)) {
            case 0 -> {
                BlockIo.writeZeroes(device, from, length, mode);
                Arrays.fill(model, from, from + length, (byte) 0);
            }
            case 1 -> BlockIo.flush(device);
            case 2, 3 -> assertThat(bytes(from, length)).isEqualTo(Arrays.copyOfRange(model, from, from + length));
            default -> {
                ByteBuffer source = buffer(random, length);
                source.duplicate().get(model, from, length);
                if (!device.tryWriteNow(from, source)) {
                    BlockIo.write(device, from, source, mode);
                }
                assertThat(source.hasRemaining()).isFalse();
            }
        }
    }

    @Test
    void write_ofASlice_movesExactlyTheRemainingBytes() throws Exception {
        ByteBuffer source = ByteBuffer.allocate(4 * block);
        Arrays.fill(source.array(), (byte) 7);
        source.position(block).limit(2 * block);
        BlockIo.write(device, 2L * block, source.asReadOnlyBuffer(), WriteMode.CACHED);
        byte[] around = bytes(block, 3 * block);
        assertThat(Arrays.copyOfRange(around, 0, block)).containsOnly(0);
        assertThat(Arrays.copyOfRange(around, block, 2 * block)).containsOnly(7);
        assertThat(Arrays.copyOfRange(around, 2 * block, 3 * block)).containsOnly(0);
    }

    @Test
    void request_outOfRangeOrUnaligned_isRefusedAndMovesNothing() throws Exception {
        ByteBuffer ones = ByteBuffer.allocate(2 * block);
        Arrays.fill(ones.array(), (byte) 1);
        assertRefused(device.write(size - block, ones, WriteMode.FUA), Code.OUT_OF_RANGE);
        assertRefused(device.write(1, ones, WriteMode.FUA), Code.OUT_OF_RANGE);
        assertRefused(device.write(-block, ones, WriteMode.FUA), Code.OUT_OF_RANGE);
        assertRefused(device.write(0, ones.slice(0, block + 1), WriteMode.FUA), Code.OUT_OF_RANGE);
        assertRefused(device.read(size, ByteBuffer.allocate(block)), Code.OUT_OF_RANGE);
        assertRefused(device.read(Long.MAX_VALUE - block + 1, ByteBuffer.allocate(block)), Code.OUT_OF_RANGE);
        assertRefused(device.writeZeroes(0, size + block, WriteMode.CACHED), Code.OUT_OF_RANGE);
        assertRefused(device.discard(block, size), Code.OUT_OF_RANGE);
        assertThat(device.tryReadNow(size, ByteBuffer.allocate(block))).isFalse();
        assertThat(device.tryWriteNow(1, ones)).isFalse();
        assertThat(ones.position()).isZero();
        assertThat(bytes(0, block)).containsOnly(0);
        assertThat(bytes(size - block, block)).containsOnly(0);
    }

    @Test
    void emptyRequest_anywhereInside_completes() throws Exception {
        BlockIo.read(device, size, ByteBuffer.allocate(0));
        BlockIo.write(device, 0, ByteBuffer.allocate(0), WriteMode.FUA);
        BlockIo.writeZeroes(device, block, 0, WriteMode.FUA);
    }

    @Test
    void discard_ofWrittenBlocks_givesZeroesOrOldContent() throws Exception {
        byte[] old = new byte[16 * block];
        Arrays.fill(old, (byte) 5);
        BlockIo.write(device, 0, ByteBuffer.wrap(old), WriteMode.CACHED);
        BlockIo.discard(device, 0, old.length);
        for (int at = 0; at < old.length; at += block) {
            byte[] now = bytes(at, block);
            if (device.geometry().discardZeroes()) {
                assertThat(now).containsOnly(0);
            } else {
                assertThat(now).containsOnly(now[0]);
                assertThat(now[0]).isIn((byte) 0, (byte) 5);
            }
        }
    }

    @Test
    void manyWrites_inFlightAtOnce_allLand() throws Exception {
        int count = 64;
        List<CompletableFuture<Void>> writes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ByteBuffer source = ByteBuffer.allocateDirect(block);
            while (source.hasRemaining()) {
                source.put((byte) (i + 1));
            }
            writes.add(device.write((long) i * block, source.flip(), i % 3 == 0 ? WriteMode.FUA : WriteMode.CACHED));
        }
        CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new)).get(60, TimeUnit.SECONDS);
        for (int i = 0; i < count; i++) {
            assertThat(bytes((long) i * block, block)).containsOnly(i + 1);
        }
    }

    @Test
    void completion_mayStartTheNextRequest_onTheSameDevice() throws Exception {
        ByteBuffer target = ByteBuffer.allocate(block);
        device.write(0, ByteBuffer.wrap(filled(9)), WriteMode.CACHED)
                .thenCompose(nothing -> device.flush())
                .thenCompose(nothing -> device.read(0, target))
                .get(60, TimeUnit.SECONDS);
        assertThat(target.array()).containsOnly(9);
    }

    @Test
    void tryReadNow_afterAWrite_givesItsBytesOrLeavesThePosition() throws Exception {
        BlockIo.write(device, block, ByteBuffer.wrap(filled(3)), WriteMode.CACHED);
        for (ByteBuffer target : List.of(ByteBuffer.allocate(2 * block), ByteBuffer.allocateDirect(2 * block))) {
            target.position(block);
            if (device.tryReadNow(block, target)) {
                assertThat(target.position()).isEqualTo(2 * block);
                for (int i = block; i < 2 * block; i++) {
                    assertThat(target.get(i)).isEqualTo((byte) 3);
                }
            } else {
                assertThat(target.position()).isEqualTo(block);
            }
        }
    }

    @Test
    void closedDevice_isUsed_answersGone() {
        device.close();
        device.close();
        assertRefused(device.read(0, ByteBuffer.allocate(block)), Code.GONE);
        assertRefused(device.write(0, ByteBuffer.allocate(block), WriteMode.CACHED), Code.GONE);
        assertRefused(device.flush(), Code.GONE);
        assertRefused(device.writeZeroes(0, block, WriteMode.CACHED), Code.GONE);
        assertThat(device.tryReadNow(0, ByteBuffer.allocate(block))).isFalse();
        assertThat(device.tryWriteNow(0, ByteBuffer.allocate(block))).isFalse();
    }

    /** The device under test. */
    protected final BlockDevice device() {
        return device;
    }

    protected static void assertRefused(CompletableFuture<Void> request, Code code) {
        assertThatThrownBy(() -> request.get(60, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        DeviceException.class,
                        failure -> assertThat(failure.code()).isEqualTo(code));
    }

    private byte[] filled(int value) {
        byte[] bytes = new byte[block];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    private byte[] bytes(long offset, int length) throws DeviceException {
        ByteBuffer now = ByteBuffer.allocate(length);
        if (device.tryReadNow(offset, now)) {
            byte[] slow = BlockIo.read(device, offset, length).array();
            assertThat(now.array()).isEqualTo(slow);
        }
        return BlockIo.read(device, offset, length).array();
    }

    private static ByteBuffer buffer(RandomGenerator random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return random.nextBoolean()
                ? ByteBuffer.wrap(bytes)
                : ByteBuffer.allocateDirect(length).put(bytes).flip();
    }
}
