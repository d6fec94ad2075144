package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.DeviceProvider.Access;
import dev.quoin.device.FileDevice;
import dev.quoin.device.Host;
import dev.quoin.device.WriteMode;
import dev.quoin.property.Property;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Proves what becomes of an array of real files when somebody does something to one of them while it runs: cuts it short, takes it
 * away, makes it read-only, fills its file system. What needs root is skipped without.
 */
@Timeout(120)
class MemberTroubleTest {

    private static final int BLOCK = 4096;
    private static final int CHUNK = 64 * 1024;
    private static final long SIZE = 8 << 20;
    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir
    private Path directory;

    private final List<Path> files = new ArrayList<>();
    private final List<FileDevice> devices = new ArrayList<>();
    private final List<ArrayEvent> events = new CopyOnWriteArrayList<>();
    private RaidArray array;
    private byte[] model;
    private @Nullable Host host;

    @AfterEach
    void close() throws Exception {
        try {
            if (array != null) {
                array.close();
            }
            devices.forEach(FileDevice::close);
        } finally {
            if (host != null) {
                host.close();
            }
        }
    }

    @Test
    void serialNumberOfADisk_isInTheStatusAndInTheEvents_alsoWhenItFailed() throws Exception {
        Host machine = Host.asRoot();
        host = machine;
        Path said = Files.createDirectories(directory.resolve("said"));
        Files.writeString(said.resolve("serial"), "S4EWNX0M123456\n");
        Path backing = Files.createFile(directory.resolve("backing"));
        try (var file = new RandomAccessFile(backing.toFile(), "rw")) {
            file.setLength(SIZE);
        }
        Path disk = machine.loop(backing);
        machine.tell(disk, said);
        devices.add(FileDevice.create(directory.resolve("member0"), SIZE));
        devices.add(FileDevice.open(disk, Access.READ_WRITE));
        array = RaidArray.create(new ArraySpec("main", Level.RAID1, CHUNK), List.copyOf(devices));
        array.addListener(events::add);
        assertThat(array.status().members())
                .extracting(ArrayStatus.MemberStatus::serial)
                .containsExactly(null, "S4EWNX0M123456");
        devices.get(1).close();
        BlockIo.write(array, 0, ByteBuffer.allocate(BLOCK), WriteMode.FUA);
        Awaitility.await()
                .atMost(LIMIT)
                .until(() -> array.status().members().get(1).state() == RoleState.FAILED);
        assertThat(array.status().members().get(1).serial()).isEqualTo("S4EWNX0M123456");
        assertThat(events)
                .filteredOn(event -> event.type() == ArrayEvent.Type.FAIL)
                .singleElement()
                .satisfies(
                        event -> assertThat(event.detail()).startsWith("file:" + disk + " (serial S4EWNX0M123456): "));
    }

    private void create(Level level, int members) throws Exception {
        for (int i = files.size(); i < members; i++) {
            files.add(directory.resolve("member" + i));
        }
        for (Path file : files) {
            devices.add(FileDevice.create(file, SIZE));
        }
        array = RaidArray.create(new ArraySpec("main", level, CHUNK), List.copyOf(devices));
        array.addListener(events::add);
        model = new byte[(int) array.geometry().size()];
    }

    /** Overwrites a part, durably. */
    private void write(int from, int length) throws Exception {
        byte[] bytes = new byte[length];
        Property.random(from + length).nextBytes(bytes);
        BlockIo.write(array, from, ByteBuffer.wrap(bytes), WriteMode.FUA);
        System.arraycopy(bytes, 0, model, from, length);
    }

    private void assertContent() throws Exception {
        assertThat(BlockIo.read(array, 0, model.length).array()).isEqualTo(model);
    }

    private void cutTo(int role, long length) throws Exception {
        try (var raw = new RandomAccessFile(files.get(role).toFile(), "rw")) {
            raw.setLength(length);
        }
    }

    private FileDevice reopen(int role) throws Exception {
        devices.get(role).close();
        devices.set(role, FileDevice.open(files.get(role), Access.READ_WRITE));
        return devices.get(role);
    }

    private void assertFailed(int role, String... words) {
        Awaitility.await().atMost(LIMIT).until(() -> array.status().health() == ArrayStatus.Health.DEGRADED);
        assertThat(array.status().members().get(role).state()).isEqualTo(RoleState.FAILED);
        assertThat(events)
                .filteredOn(event -> event.type() == ArrayEvent.Type.FAIL)
                .singleElement()
                .satisfies(event -> {
                    assertThat(event.role()).isEqualTo(role);
                    assertThat(event.detail())
                            .contains(files.get(role).toString())
                            .contains(words);
                });
    }

    /** All is well again, and on these files. */
    private void assertSound() throws Exception {
        array.settled().join();
        assertThat(array.status().health()).isEqualTo(ArrayStatus.Health.OPTIMAL);
        assertContent();
        assertThat(array.scrub(ScrubMode.CHECK, Progress.NONE).join()).matches(ScrubReport::isClean);
        array.close();
        assertThat(ArrayChecker.check(devices)).isEmpty();
        devices.forEach(FileDevice::close);
        for (int role = 0; role < devices.size(); role++) {
            reopen(role);
        }
        array = RaidArray.assemble(List.copyOf(devices));
        assertThat(array.status().health()).isEqualTo(ArrayStatus.Health.OPTIMAL);
        assertContent();
    }

    @ParameterizedTest
    @CsvSource({"RAID1, 2, 2", "RAID1, 2, 0", "RAID5, 3, 2", "RAID5, 3, 0", "RAID6, 4, 2", "RAID10, 4, 0"})
    void memberThatIsCutShort_failsAndIsRebuilt(Level level, int members, int share) throws Exception {
        create(level, members);
        write(0, model.length);
        cutTo(1, share == 0 ? 0 : SIZE / share);
        write(model.length / 2, 3 * BLOCK);
        assertFailed(1, "the file ends at " + (share == 0 ? 0 : SIZE / share), SIZE + " expected");
        assertContent();
        assertThat(Files.size(files.get(1))).as("nothing made it longer").isLessThan(SIZE);

        // What is left of it belongs to the array, so it has to be made blank to be taken again.
        cutTo(1, 0);
        cutTo(1, SIZE);
        array.replace(1, reopen(1));
        array.rebuild(Progress.NONE).join();
        assertSound();
    }

    @Test
    void memberThatIsCutShort_andOnlyReadFrom_isMadeUpForByTheOthers() throws Exception {
        create(Level.RAID5, 3);
        write(0, model.length);
        array.close();
        for (int role = 0; role < 3; role++) {
            reopen(role);
        }
        array = RaidArray.assemble(List.copyOf(devices));
        array.addListener(events::add);
        cutTo(2, SIZE / 2);
        assertContent();
        assertFailed(2, "the file ends at");
        assertContent();
    }

    @Test
    void immutableMember_failsAndComesBack() throws Exception {
        host = Host.asRoot();
        create(Level.RAID5, 3);
        write(0, model.length);
        host.makeImmutable(files.get(1));
        write(CHUNK, 20 * BLOCK);
        assertFailed(1, "write", "not permitted");
        assertContent();
        host.makeMutable(files.get(1));
        assertThat(array.add(reopen(1))).isEqualTo(Added.CATCHES_UP);
        assertSound();
    }

    @Test
    void memberWhoseModeIsReadOnly_isUsedWhileItIsOpen_andSaysWhatIsWrongAtTheNext() throws Exception {
        create(Level.RAID1, 2);
        Files.setPosixFilePermissions(files.get(1), PosixFilePermissions.fromString("r--r--r--"));
        write(0, model.length);
        assertThat(array.status().health()).isEqualTo(ArrayStatus.Health.OPTIMAL);
        array.close();
        devices.get(1).close();
        if (!"root".equals(System.getProperty("user.name"))) {
            assertThatThrownBy(() -> reopen(1))
                    .hasMessageContaining(files.get(1).toString());
        }
        // As whoever may only read has it.
        devices.set(1, FileDevice.open(files.get(1), Access.READ_ONLY));
        array = RaidArray.assemble(List.copyOf(devices));
        array.addListener(events::add);
        write(0, BLOCK);
        assertThat(array.status().members().get(1).state()).isEqualTo(RoleState.FAILED);
        Files.setPosixFilePermissions(files.get(1), PosixFilePermissions.fromString("rw-r--r--"));
        array.add(reopen(1));
        assertSound();
    }

    @ParameterizedTest
    @CsvSource({"RAID1, 2", "RAID5, 3", "RAID6, 4", "RAID10, 4"})
    void memberThatVanishesAndComesBack_catchesUp(Level level, int members) throws Exception {
        create(level, members);
        write(0, model.length);
        Path away = directory.resolve("away");
        Files.move(files.get(1), away);
        write(CHUNK, 20 * BLOCK);
        assertFailed(1, "no file found at its path");
        write(model.length - CHUNK, CHUNK);
        assertContent();
        Files.move(away, files.get(1));
        assertThat(array.add(reopen(1))).isEqualTo(Added.CATCHES_UP);
        assertSound();
        assertThat(events).extracting(ArrayEvent::type).contains(ArrayEvent.Type.RE_ADDED);
    }

    @Test
    void memberThatIsRemovedForGood_isReplacedByABlankFile() throws Exception {
        create(Level.RAID5, 3);
        write(0, model.length);
        Files.delete(files.get(0));
        write(0, BLOCK);
        assertFailed(0, "no file found at its path");
        devices.get(0).close();
        devices.set(0, FileDevice.create(files.get(0), SIZE));
        array.replace(0, devices.get(0));
        array.rebuild(Progress.NONE).join();
        assertSound();
    }

    /** The first member is on a small file system, with all the space taken that the array did not take until now. */
    private Path fill(long bytes) throws Exception {
        files.add(host.tmpfs(directory.resolve("small"), bytes).resolve("member0"));
        return files.getFirst().resolveSibling("ballast");
    }

    private static void takeAll(Path ballast) throws Exception {
        byte[] some = new byte[BLOCK];
        try (var out = Files.newOutputStream(ballast)) {
            assertThatThrownBy(() -> {
                        while (true) {
                            out.write(some);
                        }
                    })
                    .hasMessageContaining("No space left");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void fullFileSystem_whenDataNeedSpace_makesTheArrayWait_andLosesNothing(boolean restarts) throws Exception {
        host = Host.asRoot();
        Path ballast = fill(2 * SIZE);
        create(Level.RAID5, 3);
        // The journal has its space since the array was made.
        write(0, 2 * CHUNK);
        array.core().journal.drain().join();
        takeAll(ballast);
        Held held = writeUntilRefused();
        assertThat(events).extracting(ArrayEvent::type).containsOnly(ArrayEvent.Type.NO_SPACE);
        assertThat(events.getFirst().detail()).contains(files.getFirst().toString());
        if (restarts) {
            restartWith(ballast, held);
        } else {
            Files.delete(ballast);
            Awaitility.await()
                    .atMost(LIMIT)
                    .untilAsserted(() ->
                            assertThat(events).extracting(ArrayEvent::type).contains(ArrayEvent.Type.SPACE_FOUND));
            held.write().get(LIMIT.toSeconds(), TimeUnit.SECONDS);
            System.arraycopy(held.bytes(), 0, model, held.at(), held.bytes().length);
        }
        assertContent();
        write(model.length - CHUNK, CHUNK);
        assertThat(array.status().health()).isEqualTo(ArrayStatus.Health.OPTIMAL);
        assertSound();
    }

    /** The array is stopped while it waits; what the journals hold is put in place at the next start. */
    private void restartWith(Path ballast, Held held) throws Exception {
        array.close();
        for (int role = 0; role < devices.size(); role++) {
            reopen(role);
        }
        Files.delete(ballast);
        array = RaidArray.assemble(List.copyOf(devices));
        array.addListener(events::add);
        // Never acknowledged: old or new, block for block.
        for (int at = 0; at < held.bytes().length; at += BLOCK) {
            byte[] found = BlockIo.read(array, held.at() + at, BLOCK).array();
            byte[] fresh = Arrays.copyOfRange(held.bytes(), at, at + BLOCK);
            if (Arrays.equals(found, fresh)) {
                System.arraycopy(fresh, 0, model, held.at() + at, BLOCK);
            }
        }
    }

    /** A write that was sent before the array found that there is no space, and waits for it. */
    private record Held(int at, byte[] bytes, CompletableFuture<Void> write) {}

    /** Writes where nothing is yet, until a write waits, and then looks that the next is refused. */
    private Held writeUntilRefused() throws Exception {
        for (int at = 4 * CHUNK; ; at += 2 * CHUNK) {
            assertThat(at).as("refused at last").isLessThan(model.length);
            byte[] bytes = new byte[2 * CHUNK];
            Property.random(at).nextBytes(bytes);
            CompletableFuture<Void> write = array.write(at, ByteBuffer.wrap(bytes), WriteMode.FUA);
            Awaitility.await().atMost(LIMIT).until(() -> write.isDone() || isWithoutSpace());
            if (write.isDone() && !write.isCompletedExceptionally()) {
                System.arraycopy(bytes, 0, model, at, bytes.length);
            }
            if (isWithoutSpace()) {
                assertThatThrownBy(() -> BlockIo.write(array, 0, ByteBuffer.allocate(BLOCK), WriteMode.CACHED))
                        .isInstanceOfSatisfying(
                                DeviceException.class,
                                refused -> assertThat(refused.code()).isEqualTo(Code.NO_SPACE))
                        .hasMessageContaining("array main")
                        .hasMessageContaining("make space there");
                return new Held(at, bytes, write);
            }
        }
    }

    private boolean isWithoutSpace() {
        return events.stream().anyMatch(event -> event.type() == ArrayEvent.Type.NO_SPACE);
    }

    @ParameterizedTest
    @CsvSource({"RAID1, 2", "RAID5, 3", "RAID6, 4"})
    void arrayOfLoopDevices_servesAndLosesOne(Level level, int members) throws Exception {
        host = Host.asRoot();
        for (int i = 0; i < members; i++) {
            Path backing = directory.resolve("backing" + i);
            FileDevice.create(backing, SIZE).close();
            files.add(host.loop(backing));
        }
        for (Path file : files) {
            devices.add(FileDevice.open(file, Access.READ_WRITE));
        }
        array = RaidArray.create(new ArraySpec("main", level, CHUNK), List.copyOf(devices));
        array.addListener(events::add);
        model = new byte[(int) array.geometry().size()];
        write(0, model.length);
        BlockIo.discard(array, 0, array.geometry().optimalTransfer());
        Arrays.fill(model, 0, array.geometry().optimalTransfer(), (byte) 0);
        assertContent();
        // The disk below is cut off: it answers with I/O errors from now on.
        try (var raw = new RandomAccessFile(directory.resolve("backing1").toFile(), "rw")) {
            raw.setLength(BLOCK);
        }
        Host.run("losetup", "--set-capacity", files.get(1).toString());
        write(CHUNK, 20 * BLOCK);
        assertFailed(1, "failed");
        assertContent();
        try (var raw = new RandomAccessFile(directory.resolve("backing1").toFile(), "rw")) {
            raw.setLength(SIZE);
        }
        Host.run("losetup", "--set-capacity", files.get(1).toString());
        array.replace(1, reopen(1));
        array.rebuild(Progress.NONE).join();
        assertSound();
    }
}
