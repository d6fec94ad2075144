package dev.quoin.blockstore;

import static dev.quoin.blockstore.StoreRig.BLOCK;
import static dev.quoin.blockstore.StoreRig.EXTENT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.FaultyDevice;
import dev.quoin.device.ForwardingDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.WriteMode;
import dev.quoin.property.Property;
import dev.quoin.raid.ArraySpec;
import dev.quoin.raid.Level;
import dev.quoin.raid.RaidArray;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Proves that volumes keep exactly what they acknowledged, and never show another's data, through any sequence of requests,
 * reopenings, power cuts, lost answers and deletions; after each reopening the checker finds nothing.
 */
@Timeout(300)
class VolumeCrashTest {

    private static final int RUNS = Integer.getInteger("crash.runs", System.getProperty("full") == null ? 20 : 1_000);
    private static final int STEPS = 150;
    private static final int EXTENTS = 20;
    private static final int VOLUMES = 3;
    private static final int VOLUME_EXTENTS = 13;
    private static final long MEMBER_SIZE = 3 << 20;

    @Test
    void volumes_randomRequestsAndCrashes_keepWhatTheyAcknowledged() {
        Property.forAll(RUNS, random -> {
            try (StoreRig rig = new StoreRig(random.nextLong(), Runnable::run, 8, EXTENTS - 8).withPool()) {
                new Run(rig, random).go();
            }
        });
    }

    @Test
    void volumesOnRaid5_randomRequestsAndCrashes_keepWhatTheyAcknowledged() {
        Property.forAll(RUNS, random -> {
            try (StoreRig rig = new StoreRig(random.nextLong(), Runnable::run)) {
                List<BlockDevice> members = new ArrayList<>();
                for (int i = 0; i < 3 + random.nextInt(2); i++) {
                    members.add(new FaultyDevice(new MemoryDevice("member " + i, 512, MEMBER_SIZE), rig.power));
                }
                RaidArray.create(new ArraySpec("r5", Level.RAID5, BLOCK), members)
                        .close();
                rig.assembledBy(() -> RaidArray.assemble(members));
                new Run(rig.withPool(), random).go();
            }
        });
    }

    /** The harness is worth something only if it finds the fault that the zeroing prevents. */
    @Test
    void harness_onArraysThatOnlyClaimToZero_findsOldData() {
        assertThatThrownBy(() -> Property.forAll(20, random -> {
                    try (StoreRig rig = new StoreRig(random.nextLong(), Runnable::run)) {
                        rig.arrays.put(
                                "a0",
                                new Unzeroing(new FaultyDevice(
                                        new MemoryDevice("array a0", BLOCK, (EXTENTS + 2L) * EXTENT), rig.power)));
                        rig.reopen();
                        new Run(rig.withPool(), random).go();
                    }
                }))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("expected");
    }

    /** The harness is worth something only if it finds that acknowledged data is gone. */
    @Test
    void harness_onArraysThatOnlyClaimToFlush_findsLostData() {
        assertThatThrownBy(() -> Property.forAll(20, random -> {
                    try (StoreRig rig = new StoreRig(random.nextLong(), Runnable::run, EXTENTS).withPool()) {
                        rig.array(0).ignoreFlushes(true);
                        new Run(rig, random).go();
                    }
                }))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("expected");
    }

    /** One sequence. */
    private static final class Run {

        private final StoreRig rig;
        private final RandomGenerator random;
        private final List<Subject> subjects = new ArrayList<>();
        private long writes;
        private int made;
        private boolean shaken;

        private static final class Subject {
            private final int number;
            private final String name;
            private final long size;
            private final VolumeModel model;
            private BlockDevice device;

            Subject(int number, long size, BlockDevice device) {
                this.number = number;
                this.name = "v" + number;
                this.size = size;
                this.model = new VolumeModel(size);
                this.device = device;
            }
        }

        Run(StoreRig rig, RandomGenerator random) {
            this.rig = rig;
            this.random = random;
        }

        void go() throws IOException {
            for (int i = 0; i < VOLUMES; i++) {
                make();
            }
            for (int step = 0; step < STEPS; step++) {
                if (!rig.power.isOn()) {
                    crash();
                }
                step(subjects.get(random.nextInt(subjects.size())));
            }
            rig.power.restore();
            crash();
        }

        private void step(Subject subject) throws IOException {
            long offset = random.nextLong(subject.size / BLOCK) * BLOCK;
            long most = subject.size - offset;
            // Mostly small requests, sometimes over several extents.
            long length = Math.min(most, BLOCK * (1 + random.nextLong(random.nextInt(4) == 0 ? 60 : 4)));
            WriteMode mode = random.nextInt(3) == 0 ? WriteMode.FUA : WriteMode.CACHED;
            switch (random.nextInt(20)) {
                case 0, 1, 2, 3, 4, 5 -> write(subject, offset, (int) length, mode);
                case 6, 7, 8, 9 -> read(subject, offset, (int) length);
                case 10, 11 -> discard(subject, offset, length);
                case 12 -> {
                    long whole = offset / EXTENT * EXTENT;
                    discard(subject, whole, Math.min(subject.size - whole, 2L * EXTENT));
                }
                case 13 -> zero(subject, offset, length, mode);
                case 14, 15 -> flush();
                case 16 -> replace(subject);
                case 17 -> reopen();
                case 18 -> rig.power.cutAfter(1 + random.nextInt(12));
                default -> shake();
            }
        }

        private void make() throws IOException {
            long size = (VOLUME_EXTENTS - random.nextInt(3)) * (long) EXTENT - random.nextLong(3) * BLOCK;
            String name = "v" + made;
            rig.store().createVolume("main", name, size);
            subjects.add(new Subject(made, size, rig.store().openVolume(name)));
            made++;
        }

        private void write(Subject subject, long offset, int length, WriteMode mode) throws IOException {
            long number = ++writes;
            ByteBuffer data = ByteBuffer.allocate(length);
            VolumeModel.fill(data, subject.number + 1, number, offset);
            if (mode == WriteMode.CACHED && random.nextBoolean() && subject.device.tryWriteNow(offset, data)) {
                subject.model.written(subject.number + 1, number, offset, length, mode);
                return;
            }
            if (succeeds(subject.device.write(offset, data, mode), subject)) {
                subject.model.written(subject.number + 1, number, offset, length, mode);
            } else {
                subject.model.writeFailed(subject.number + 1, number, offset, length);
            }
        }

        private void read(Subject subject, long offset, int length) throws IOException {
            ByteBuffer data = ByteBuffer.allocate(length);
            boolean tried = random.nextBoolean() && subject.device.tryReadNow(offset, data);
            if (tried || succeeds(subject.device.read(offset, data), subject)) {
                subject.model.read(offset, data);
            }
        }

        private void discard(Subject subject, long offset, long length) throws IOException {
            if (succeeds(subject.device.discard(offset, length), subject)) {
                subject.model.zeroed(offset, length, WriteMode.CACHED);
            } else {
                subject.model.zeroFailed(offset, length);
            }
        }

        private void zero(Subject subject, long offset, long length, WriteMode mode) throws IOException {
            if (succeeds(subject.device.writeZeroes(offset, length, mode), subject)) {
                subject.model.zeroed(offset, length, mode);
            } else {
                subject.model.zeroFailed(offset, length);
            }
        }

        /** A flush of any volume flushes the arrays; a failed one may have flushed some of them. */
        private void flush() throws IOException {
            if (succeeds(subjects.getFirst().device.flush(), subjects.getFirst())) {
                subjects.forEach(subject -> subject.model.flushed());
            }
        }

        private void replace(Subject subject) throws IOException {
            subject.device.close();
            rig.store().deleteVolume(subject.name);
            subjects.remove(subject);
            make();
        }

        private void reopen() throws IOException {
            if (rig.power.isOn()) {
                rig.power.cutAfter(Long.MAX_VALUE / 2);
                rig.reopen();
                shaken = false;
                openAll();
                rig.check();
            }
        }

        private void shake() {
            int chance = Math.max(0, random.nextInt(4) - 1);
            shaken = chance > 0;
            RandomGenerator own = Property.random(random.nextLong());
            rig.session().fates(() -> {
                synchronized (own) {
                    ShakyLocks.Fate[] fates = ShakyLocks.Fate.values();
                    return own.nextInt(4) < chance ? fates[own.nextInt(fates.length)] : ShakyLocks.Fate.PASS;
                }
            });
        }

        private void crash() throws IOException {
            rig.crash();
            shaken = false;
            openAll();
            rig.check();
            for (Subject subject : subjects) {
                subject.model.crashed();
                for (long offset = 0; offset < subject.size; offset += EXTENT) {
                    ByteBuffer data = ByteBuffer.allocate((int) Math.min(EXTENT, subject.size - offset));
                    BlockIo.read(subject.device, offset, data);
                    subject.model.readAfterCrash(offset, data);
                }
            }
        }

        private void openAll() throws IOException {
            for (Subject subject : subjects) {
                subject.device = rig.store().openVolume(subject.name);
                assertThat(subject.device.geometry().size()).isEqualTo(subject.size);
            }
            assertThat(rig.store().listVolumes()).hasSize(subjects.size());
        }

        /** Whether a request did what it was to do; if not, for a reason that there can be. */
        private boolean succeeds(CompletableFuture<Void> request, Subject subject) throws DeviceException {
            try {
                BlockIo.await(subject.device, request);
                return true;
            } catch (DeviceException failure) {
                boolean cut = failure.code() == DeviceException.Code.GONE && !rig.power.isOn();
                // What a failed change of the map gives back was taken at the time.
                boolean full = failure.code() == DeviceException.Code.NO_SPACE
                        && (rig.pool().free() == 0 || shaken || !rig.power.isOn());
                boolean noMajority = failure.code() == DeviceException.Code.BUSY && shaken;
                if (cut || full || noMajority) {
                    return false;
                }
                throw failure;
            }
        }
    }

    /** An array that acknowledges zeroings and does nothing. */
    private static final class Unzeroing extends ForwardingDevice {

        Unzeroing(FaultyDevice under) {
            super(under);
        }

        @Override
        public CompletableFuture<Void> writeZeroes(long offset, long length, WriteMode mode) {
            return length == EXTENT ? CompletableFuture.completedFuture(null) : super.writeZeroes(offset, length, mode);
        }
    }
}
