package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceEvent;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.DeviceProvider;
import dev.quoin.device.FileDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.WriteMode;
import dev.quoin.property.Property;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Proves that an array takes the new room of its devices into use while it serves, and says what it lacks if it cannot. */
class GrowTest {

    private static final Delay NEVER = (millis, task) -> {};

    private final List<MemoryDevice> members = new ArrayList<>();

    private RaidArray create(Level level, int chunk, long size) throws DeviceException {
        int count = 2;
        while (!level.allows(count)) {
            count++;
        }
        for (int i = 0; i < count; i++) {
            members.add(new MemoryDevice("member" + i, 512, size + i * 65536L));
        }
        ArraySpec spec = new ArraySpec("grow", level, chunk).withSizesCutToSmallest();
        return RaidArray.create(spec, List.copyOf(members), NEVER, Sabotage.NONE);
    }

    /** Blocks old and new, rewritten by many at once while it grows thrice, by little and by much; then from the members alone. */
    @ParameterizedTest
    @EnumSource(Level.class)
    void grow_underWrites_keepsWhatWasThereAndAddsZeroes(Level level) {
        Property.forAll(3, random -> {
            members.clear();
            RaidArray array = create(level, 4096 << random.nextInt(5), 2 << 20);
            byte[] model = new byte[0];
            for (int round = 0; round < 4; round++) {
                long size = array.geometry().size();
                model = Arrays.copyOf(model, (int) size);
                assertThat(BlockIo.read(array, 0, model.length).array()).isEqualTo(model);
                List<DeviceEvent> told = new ArrayList<>();
                array.watch(told::add);
                for (MemoryDevice member : members) {
                    member.grow(member.geometry().size() + (1 << 20) + random.nextInt(1 << 11) * 4096L);
                }
                write(array, model, random);
                CompletableFuture<GrowReport> grown = array.grow(Progress.NONE);
                write(array, model, random);
                assertThat(grown.join().sizeBytes())
                        .isGreaterThan(size)
                        .isEqualTo(array.geometry().size());
                assertThat(told).containsExactly(DeviceEvent.RESIZED);
                if (random.nextBoolean()) {
                    array.close();
                    array = RaidArray.assemble(List.copyOf(members), NEVER, Sabotage.NONE);
                }
            }
            model = Arrays.copyOf(model, (int) array.geometry().size());
            write(array, model, random);
            assertThat(BlockIo.read(array, 0, model.length).array()).isEqualTo(model);
            array.close();
            assertThat(ArrayChecker.check(members)).isEmpty();
        });
    }

    private static void write(BlockDevice array, byte[] model, RandomGenerator random) {
        List<CompletableFuture<Void>> writes = new ArrayList<>();
        for (int at = random.nextInt(40) * 4096; at < model.length; at += (1 + random.nextInt(60)) * 4096) {
            byte[] bytes = new byte[4096];
            random.nextBytes(bytes);
            System.arraycopy(bytes, 0, model, at, bytes.length);
            writes.add(array.write(at, ByteBuffer.wrap(bytes), WriteMode.CACHED));
        }
        CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new)).join();
    }

    @Test
    void addLeg_upToEight_givesOnesThatHoldEverything() throws Exception {
        RaidArray array = create(Level.RAID1, 65536, 2 << 20);
        byte[] model = new byte[(int) array.geometry().size()];
        RandomGenerator random = Property.random(1);
        while (members.size() < 8) {
            write(array, model, random);
            MemoryDevice leg = new MemoryDevice("leg" + members.size(), 512, 2 << 20);
            members.add(leg);
            array.addLeg(leg);
            assertThat(array.status().health()).isEqualTo(ArrayStatus.Health.DEGRADED);
            CompletableFuture<RebuildReport> rebuild = array.rebuild(Progress.NONE);
            write(array, model, random);
            assertThat(rebuild.join().roles()).containsExactly(members.size() - 1);
            assertThat(array.status().health()).isEqualTo(ArrayStatus.Health.OPTIMAL);
        }
        RaidArray full = array;
        MemoryDevice ninth = new MemoryDevice("ninth", 512, 2 << 20);
        assertThatThrownBy(() -> full.addLeg(ninth)).hasMessageContaining("RAID1 of 8 members found");
        array.close();
        assertThat(ArrayChecker.check(members)).isEmpty();
        for (MemoryDevice alone : members) {
            array = RaidArray.assemble(List.of(alone), NEVER, Sabotage.NONE);
            assertThat(BlockIo.read(array, 0, model.length).array()).isEqualTo(model);
        }
    }

    @Test
    void addLeg_ofWhatDoesNotFit_isRefusedAndChangesNothing() throws Exception {
        RaidArray array = create(Level.RAID1, 65536, 2 << 20);
        assertThatThrownBy(() -> array.addLeg(new MemoryDevice("small", 512, 1 << 20)))
                .hasMessageContaining("take a larger device");
        assertThatThrownBy(() -> array.addLeg(members.getFirst())).hasMessageContaining("already");
        assertThat(array.status().members()).hasSize(2);
        assertThat(array.status().health()).isEqualTo(ArrayStatus.Health.OPTIMAL);
    }

    @ParameterizedTest
    @EnumSource(value = Level.class, names = "RAID1", mode = EnumSource.Mode.EXCLUDE)
    void addLeg_ofALevelWithoutLegs_saysWhy(Level level) throws Exception {
        RaidArray array = create(level, 65536, 4 << 20);
        assertThatThrownBy(() -> array.addLeg(new MemoryDevice("leg", 512, 4 << 20)))
                .isInstanceOfSatisfying(DeviceException.class, refused -> {
                    assertThat(refused.code()).isEqualTo(Code.UNSUPPORTED);
                    assertThat(refused)
                            .hasMessageContaining(level + " of")
                            .hasMessageContaining("expected for one leg");
                });
    }

    @Test
    void replacementByADeviceOfTheSameSize_afterGrowing_fits() throws Exception {
        RaidArray array = create(Level.RAID5, 65536, 16 << 20);
        for (MemoryDevice member : members) {
            member.grow(200 << 20);
        }
        array.grow(Progress.NONE).join();
        BlockIo.write(array, array.geometry().size() - 4096, ByteBuffer.wrap(new byte[4096]), WriteMode.FUA);
        array.fail(1);
        MemoryDevice blank = new MemoryDevice("blank", 512, 200 << 20);
        array.replace(1, blank);
        members.set(1, blank);
        array.rebuild(Progress.NONE).join();
        array.close();
        assertThat(ArrayChecker.check(members)).isEmpty();
    }

    /** A replaced member that is larger counts, once all are. */
    @Test
    void grow_withOneSmallMember_namesIt() throws Exception {
        RaidArray array = create(Level.RAID5, 65536, 4 << 20);
        long size = array.geometry().size();
        members.get(1).grow(8 << 20);
        members.get(2).grow(8 << 20);
        assertThatThrownBy(() -> array.grow(Progress.NONE).join())
                .hasCauseInstanceOf(DeviceException.class)
                .hasMessageContaining("member0 (role 0)")
                .hasMessageContaining("make that device larger");
        assertThat(array.geometry().size()).isEqualTo(size);
        array.fail(0);
        assertThatThrownBy(() -> array.grow(Progress.NONE).join()).hasMessageContaining("not in sync");
        array.replace(0, new MemoryDevice("larger", 512, 8 << 20));
        array.rebuild(Progress.NONE).join();
        assertThat(array.grow(Progress.NONE).join().sizeBytes()).isGreaterThan(size * 3 / 2);
    }

    @Test
    void grow_ofFilesThatWereMadeLonger_isSeenWithoutARestart(@TempDir Path directory) throws Exception {
        List<BlockDevice> files = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            files.add(FileDevice.create(directory.resolve("m" + i), 4 << 20));
        }
        RaidArray array = RaidArray.create(new ArraySpec("files", Level.RAID1, 65536), files);
        byte[] bytes = new byte[4096];
        Arrays.fill(bytes, (byte) 7);
        BlockIo.write(array, 0, ByteBuffer.wrap(bytes), WriteMode.FUA);
        for (int i = 0; i < 2; i++) {
            try (var file = new RandomAccessFile(directory.resolve("m" + i).toFile(), "rw")) {
                file.setLength(16 << 20);
            }
        }
        long end = array.grow(Progress.NONE).join().sizeBytes();
        assertThat(end).isGreaterThan(12 << 20);
        BlockIo.write(array, end - 4096, ByteBuffer.wrap(bytes), WriteMode.FUA);
        array.close();
        files.forEach(BlockDevice::close);
        files.clear();
        for (int i = 0; i < 2; i++) {
            files.add(FileDevice.open(directory.resolve("m" + i), DeviceProvider.Access.READ_WRITE));
        }
        RaidArray again = RaidArray.assemble(files);
        assertThat(BlockIo.read(again, 0, 4096).array()).isEqualTo(bytes);
        assertThat(BlockIo.read(again, end - 4096, 4096).array()).isEqualTo(bytes);
        again.close();
        assertThat(ArrayChecker.check(files)).isEmpty();
        files.forEach(BlockDevice::close);
    }

    @Test
    void grow_onADeviceWithoutSpaceForTheChecksums_isRefusedAndLosesNothing() throws Exception {
        List<BlockDevice> thin = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            thin.add(MemoryDevice.thin("thin" + i, 512, 4 << 20, 1 << 20, 0));
        }
        RaidArray array = RaidArray.create(new ArraySpec("thin", Level.RAID1, 65536), thin, NEVER, Sabotage.NONE);
        byte[] bytes = new byte[4096];
        Arrays.fill(bytes, (byte) 7);
        BlockIo.write(array, 0, ByteBuffer.wrap(bytes), WriteMode.FUA);
        thin.forEach(device -> ((MemoryDevice) device).grow(2L << 30));
        assertThatThrownBy(() -> array.grow(Progress.NONE).join())
                .cause()
                .isInstanceOfSatisfying(
                        DeviceException.class, full -> assertThat(full.code()).isEqualTo(Code.NO_SPACE));
        assertThat(BlockIo.read(array, 0, 4096).array()).isEqualTo(bytes);
        array.close();
        assertThat(ArrayChecker.check(thin)).isEmpty();
    }
}
