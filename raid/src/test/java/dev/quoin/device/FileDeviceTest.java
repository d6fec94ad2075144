package dev.quoin.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.DeviceProvider.Access;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proves the device contract for {@link FileDevice}, and what is special to files: locks, short files, interrupts, holes. */
class FileDeviceTest extends BlockDeviceContract {

    private static final long SIZE = 1 << 20;

    @TempDir
    private Path directory;

    private Path file;

    @Override
    protected BlockDevice open() throws DeviceException {
        file = directory.resolve("member");
        return FileDevice.create(file, SIZE);
    }

    @Test
    void create_ofAFileLargerThanTheDisk_takesNoSpace() throws Exception {
        Path large = directory.resolve("large");
        try (FileDevice device = FileDevice.create(large, 1L << 40)) {
            assertThat(device.geometry().size()).isEqualTo(1L << 40);
            BlockIo.write(device, (1L << 40) - 512, ByteBuffer.allocate(512), WriteMode.FUA);
        }
    }

    @Test
    void create_overAFile_isRefused() {
        assertFails(() -> FileDevice.create(file, SIZE), Code.BUSY, "file:" + file);
    }

    @Test
    void create_withAnOddSize_isRefused() {
        assertFails(() -> FileDevice.create(directory.resolve("odd"), 1000), Code.OUT_OF_RANGE, "512");
    }

    @Test
    void create_largerThanTheFileSystemAllows_isNoSpace() {
        assertFails(
                () -> FileDevice.create(directory.resolve("huge"), Long.MAX_VALUE / 512 * 512), Code.NO_SPACE, "huge");
    }

    @Test
    void open_ofNothingOrADirectory_namesWhatWasFound() {
        assertFails(() -> FileDevice.open(directory.resolve("none"), Access.READ_WRITE), Code.GONE, "nothing found");
        assertFails(() -> FileDevice.open(directory, Access.READ_WRITE), Code.GONE, "no regular file");
    }

    @Test
    void open_ofAnOpenFile_isRefusedAndTheFirstKeepsItsLock() {
        for (int i = 0; i < 3; i++) {
            assertFails(() -> FileDevice.open(file, Access.READ_WRITE), Code.BUSY, file.toString());
            assertFails(() -> FileDevice.open(file, Access.READ_ONLY), Code.BUSY, file.toString());
        }
    }

    @Test
    void open_byAnotherProcess_isRefused() throws Exception {
        Process other = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        OpenOnce.class.getName(),
                        file.toString())
                .redirectErrorStream(true)
                .start();
        String said = new String(other.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(other.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(said).contains("BUSY").contains(file.toString());
    }

    @Test
    void open_forReadingTwice_works_andWritesAreRefused() throws Exception {
        device().close();
        try (FileDevice one = FileDevice.open(file, Access.READ_ONLY);
                FileDevice two = FileDevice.open(file, Access.READ_ONLY)) {
            BlockIo.read(one, 0, 4096);
            BlockIo.read(two, 0, 4096);
            BlockIo.flush(two);
            assertRefused(one.write(0, ByteBuffer.allocate(512), WriteMode.CACHED), Code.READ_ONLY);
            assertRefused(one.discard(0, 512), Code.READ_ONLY);
            assertFails(() -> FileDevice.open(file, Access.READ_WRITE), Code.BUSY, file.toString());
        }
        FileDevice.open(file, Access.READ_WRITE).close();
    }

    @Test
    void reopenedFile_holdsWhatWasWritten() throws Exception {
        byte[] content = new byte[4096];
        Arrays.fill(content, (byte) 0x5a);
        BlockIo.write(device(), 8192, ByteBuffer.wrap(content), WriteMode.FUA);
        device().close();
        try (BlockDevice again = Devices.open("file:" + file, Access.READ_ONLY)) {
            assertThat(BlockIo.read(again, 8192, 4096).array()).isEqualTo(content);
        }
        try (BlockDevice again = Devices.open(file.toUri().toString(), Access.READ_ONLY)) {
            assertThat(again.geometry().size()).isEqualTo(SIZE);
        }
    }

    @Test
    void shortenedFile_isRead_givesAnErrorAndNoZeroes() throws Exception {
        cutTo(SIZE / 2);
        assertRefused(device().read(SIZE / 2, ByteBuffer.allocate(512)), Code.MEDIUM_ERROR);
        assertRefused(device().read(SIZE / 2 - 512, ByteBuffer.allocate(1024)), Code.MEDIUM_ERROR);
        assertThat(device().tryReadNow(SIZE / 2 - 512, ByteBuffer.allocate(1024)))
                .isFalse();
        BlockIo.read(device(), 0, 512);
    }

    @Test
    void shortenedFile_isWritten_isGoneAndNotGrownAgain() throws Exception {
        cutTo(SIZE / 2);
        assertRefused(device().write(SIZE - 512, ByteBuffer.allocate(512), WriteMode.CACHED), Code.GONE);
        assertRefused(device().writeZeroes(0, 512, WriteMode.CACHED), Code.GONE);
        assertRefused(device().read(0, ByteBuffer.allocate(512)), Code.GONE);
        assertThat(Files.size(file)).isEqualTo(SIZE / 2);
    }

    @Test
    void removedFile_isGoneAtTheNextFlush_forGood() throws Exception {
        Path away = directory.resolve("away");
        Files.move(file, away);
        assertFails(() -> BlockIo.flush(device()), Code.GONE, "no file found at its path");
        Files.move(away, file);
        assertRefused(device().read(0, ByteBuffer.allocate(512)), Code.GONE);
        device().close();
        FileDevice.open(file, Access.READ_WRITE).close();
    }

    @Test
    void fileInPlaceOfAnother_isGoneAtTheNextDurableWrite() throws Exception {
        Files.move(file, directory.resolve("away"));
        FileDevice.create(file, SIZE).close();
        assertFails(
                () -> BlockIo.write(device(), 0, ByteBuffer.allocate(512), WriteMode.FUA),
                Code.GONE,
                "another file found at its path");
    }

    @Test
    void shortenedFile_isGoneAtTheNextFlush() throws Exception {
        cutTo(0);
        assertFails(() -> BlockIo.flush(device()), Code.GONE, "the file ends at 0, " + SIZE + " expected");
    }

    @Test
    void immutableFile_refusesWritesAsReadOnly_andIsReadStill() throws Exception {
        try (Host host = Host.asRoot()) {
            host.makeImmutable(file);
            assertFails(
                    () -> BlockIo.write(device(), 0, ByteBuffer.allocate(512), WriteMode.FUA),
                    Code.READ_ONLY,
                    "Operation not permitted");
            BlockIo.read(device(), 0, 512);
            device().close();
            assertFails(() -> FileDevice.open(file, Access.READ_WRITE), Code.READ_ONLY, file.toString());
            FileDevice.open(file, Access.READ_ONLY).close();
        }
    }

    @Test
    void interruptedCaller_readsAndWrites_andTheChannelStaysOpen() throws Exception {
        Thread.currentThread().interrupt();
        BlockIo.write(device(), 0, ByteBuffer.allocate(4096), WriteMode.FUA);
        BlockIo.read(device(), 0, 4096);
        device().tryReadNow(0, ByteBuffer.allocate(4096));
        assertThat(Thread.interrupted()).isTrue();
        BlockIo.read(device(), 0, 4096);
    }

    @Test
    void writeZeroes_ofAllBlocks_freesTheSpaceAndKeepsTheSize() throws Exception {
        BlockIo.write(device(), 0, ByteBuffer.allocate((int) SIZE), WriteMode.FUA);
        BlockIo.writeZeroes(device(), 0, SIZE, WriteMode.FUA);
        assertThat(Files.size(file)).isEqualTo(SIZE);
        assertThat(BlockIo.read(device(), 0, (int) SIZE).array()).containsOnly(0);
    }

    @Test
    void requests_atTheLimitAndBeyond_areServedOrRefusedAsBusy() {
        List<CompletableFuture<Void>> requests = new ArrayList<>();
        int beyond = FileDevice.REQUESTS_MAX + 2000;
        for (int i = 0; i < beyond; i++) {
            requests.add(device().write(0, ByteBuffer.allocate(4096), WriteMode.FUA));
        }
        int served = 0;
        for (CompletableFuture<Void> request : requests) {
            try {
                request.join();
                served++;
            } catch (CompletionException refused) {
                assertThat(refused.getCause())
                        .isInstanceOfSatisfying(
                                DeviceException.class,
                                busy -> assertThat(busy.code()).isEqualTo(Code.BUSY));
            }
        }
        assertThat(served).isGreaterThanOrEqualTo(FileDevice.REQUESTS_MAX);
    }

    @Test
    void flushSoon_isAHint_thatFailsForNobody() throws Exception {
        byte[] content = new byte[4096];
        Arrays.fill(content, (byte) 0x5a);
        BlockIo.write(device(), 8192, ByteBuffer.wrap(content), WriteMode.CACHED);
        device().flushSoon(8192, 4096);
        device().flushSoon(SIZE, 4096);
        device().flushSoon(-4096, 4096);
        assertThat(BlockIo.read(device(), 8192, 4096).array()).isEqualTo(content);
        device().close();
        device().flushSoon(8192, 4096);
    }

    @Test
    void closeAndTryReadNow_raceWithEachOther_neverReadAnotherFile() throws Exception {
        BlockIo.write(device(), 0, ByteBuffer.allocate(4096), WriteMode.CACHED);
        Thread reader = Thread.ofPlatform().name("test-reader").start(() -> {
            ByteBuffer target = ByteBuffer.allocateDirect(4096);
            while (device().tryReadNow(0, target.clear())) {
                assertThat(target.get(0)).isZero();
            }
        });
        device().close();
        reader.join(10_000);
        assertThat(reader.isAlive()).isFalse();
    }

    private void cutTo(long length) throws IOException {
        try (var raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.setLength(length);
        }
    }

    private static void assertFails(ThrowingCallable call, Code code, String text) {
        assertThatThrownBy(call).isInstanceOfSatisfying(DeviceException.class, failure -> {
            assertThat(failure.code()).isEqualTo(code);
            assertThat(failure).hasMessageContaining(text);
        });
    }

    /** What the other process runs. */
    static final class OpenOnce {

        private OpenOnce() {}

        public static void main(String[] arguments) throws Exception {
            try (FileChannel channel = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.READ)) {
                // Opening and closing the file must not take the lock from the first process either.
                channel.size();
            }
            try {
                FileDevice.open(Path.of(arguments[0]), Access.READ_WRITE).close();
                System.out.println("opened");
            } catch (DeviceException refused) {
                System.out.println(refused.code() + " " + refused.getMessage());
            }
        }
    }

    @Test
    void writeNow_ofADirectBuffer_isThere_andNeverLengthensAFileThatWasCutShort() throws Exception {
        ByteBuffer data = ByteBuffer.allocateDirect(8192);
        data.putLong(4096, 42);
        assertThat(device().tryWriteNow(4096, data)).isTrue();
        assertThat(data.hasRemaining()).isFalse();
        assertThat(BlockIo.read(device(), 8192, 512).getLong(0)).isEqualTo(42);
        BlockIo.flush(device());
        cutTo(4096);
        assertThat(device().tryWriteNow(4096, data.clear())).isFalse();
        assertThat(data.position()).isZero();
        assertThat(Files.size(file)).isEqualTo(4096);
    }

    @Test
    void writerThatWasHeldUp_isSparedForAWhile() {
        Throttled throttled = new Throttled();
        throttled.took(100_000, 0);
        assertThat(throttled.isSlow(1)).isFalse();
        throttled.took(5_000_000, 10);
        assertThat(throttled.isSlow(11)).isTrue();
        assertThat(throttled.isSlow(10 + 199_000_000L)).isTrue();
        assertThat(throttled.isSlow(10 + 201_000_000L)).isFalse();
    }
}
