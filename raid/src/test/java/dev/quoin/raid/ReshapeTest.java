package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceEvent;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.Fault;
import dev.quoin.device.FaultyDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.PowerSupply;
import dev.quoin.device.WriteMode;
import dev.quoin.property.Property;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Proves that a RAID 5 array that gets one member more holds byte for byte what it held and what was written meanwhile.
 *
 * <p>{@code -Dreshapes=N} sets the number of arrays.
 */
class ReshapeTest {

    private static final Delay NEVER = (millis, task) -> {};
    private static final int RESHAPES = Integer.getInteger("reshapes", 12);
    private static final int[] CHUNKS = {4096, 16384, 65536, 524_288};

    @Test
    void reshape_underReadsAndWrites_keepsEveryByte() {
        Property.forAll(RESHAPES, random -> new Run(random).run());
    }

    /** One array, its model, and somebody who reads and writes all the time. */
    private static final class Run {
        private final RandomGenerator random;
        private final List<BlockDevice> members = new ArrayList<>();
        private final long memberSize;
        private byte[] model;
        private RaidArray array;
        private int lost = -1;

        Run(RandomGenerator random) throws Exception {
            this.random = random;
            int chunk = CHUNKS[random.nextInt(CHUNKS.length)];
            memberSize = Math.max(3 << 20, 24L * chunk) + random.nextInt(200) * 4096L;
            int count = 3 + random.nextInt(3);
            while (members.size() < count) {
                members.add(new MemoryDevice("member" + members.size(), 512, memberSize));
            }
            array = RaidArray.create(new ArraySpec("reshape", Level.RAID5, chunk), members, NEVER, Sabotage.NONE);
            model = new byte[(int) array.geometry().size()];
        }

        void run() throws Exception {
            for (int i = random.nextInt(60); i > 0; i--) {
                step();
            }
            members.add(new MemoryDevice("member" + members.size(), 512, memberSize));
            array.addMember(members.getLast());
            List<DeviceEvent> told = new ArrayList<>();
            int restarts = random.nextInt(3);
            GrowReport report = null;
            while (report == null) {
                array.watch(told::add);
                int stopAfter = restarts-- > 0 ? random.nextInt(30) : Integer.MAX_VALUE;
                report = reshape(stopAfter);
            }
            assertThat(told).containsExactly(DeviceEvent.RESIZED);
            assertThat(report.sizeBytes())
                    .isEqualTo(array.geometry().size())
                    .isEqualTo(report.sizeBefore() / (members.size() - 2) * (members.size() - 1));
            model = Arrays.copyOf(model, (int) report.sizeBytes());
            verify();
            for (int i = 0; i < 20; i++) {
                step();
            }
            if (lost >= 0) {
                BlockDevice blank = new MemoryDevice("blank", 512, memberSize);
                members.set(lost, blank);
                array.replace(lost, blank);
                array.rebuild(Progress.NONE).join();
            }
            assertThat(array.scrub(Progress.NONE).join().isClean()).isTrue();
            verify();
            array.close();
            assertThat(ArrayChecker.check(members)).isEmpty();
        }

        /** Runs it to its end, or closes the array in the middle and starts it anew; null then. */
        private GrowReport reshape(int stopAfter) throws Exception {
            CompletableFuture<GrowReport> reshape = array.reshape(Progress.NONE);
            boolean loses = lost < 0 && random.nextInt(3) == 0;
            for (int i = 0; !reshape.isDone() && i < stopAfter; i++) {
                step();
                if (loses && i == 5) {
                    lost = random.nextInt(members.size());
                    array.fail(lost);
                }
            }
            if (stopAfter == Integer.MAX_VALUE || reshape.isDone()) {
                return reshape.join();
            }
            array.close();
            assertThat(reshape).isDone();
            array = RaidArray.assemble(List.copyOf(members), NEVER, Sabotage.NONE);
            verify();
            if (!reshape.isCompletedExceptionally()) {
                array.watch(event -> {});
                return reshape.join();
            }
            assertThat(array.status().activity()).isEqualTo(ArrayStatus.Activity.RESHAPING);
            return null;
        }

        private void step() throws Exception {
            int blocks = (int) (Math.min(model.length, array.geometry().size()) / 4096);
            int from = random.nextInt(blocks);
            int count = 1 + random.nextInt(Math.min(random.nextInt(6) == 0 ? 200 : 12, blocks - from));
            int at = from * 4096;
            byte[] bytes = new byte[count * 4096];
            switch (random.nextInt(4)) {
                case 0 -> {
                    Arrays.fill(model, at, at + bytes.length, (byte) 0);
                    BlockIo.writeZeroes(array, at, bytes.length, WriteMode.CACHED);
                }
                case 1 -> {
                    byte[] expected = Arrays.copyOfRange(model, at, at + bytes.length);
                    assertThat(BlockIo.read(array, at, bytes.length).array()).isEqualTo(expected);
                }
                default -> {
                    random.nextBytes(bytes);
                    System.arraycopy(bytes, 0, model, at, bytes.length);
                    WriteMode mode = random.nextBoolean() ? WriteMode.CACHED : WriteMode.FUA;
                    BlockIo.write(array, at, ByteBuffer.wrap(bytes), mode);
                }
            }
        }

        private void verify() throws Exception {
            assertThat(BlockIo.read(array, 0, model.length).array()).isEqualTo(model);
        }
    }

    private static List<MemoryDevice> devices(int count) {
        List<MemoryDevice> devices = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            devices.add(new MemoryDevice("member" + i, 512, 4 << 20));
        }
        return devices;
    }

    private static RaidArray create(Level level, List<? extends BlockDevice> members) throws DeviceException {
        return RaidArray.create(new ArraySpec("reshape", level, 65536), List.copyOf(members), NEVER, Sabotage.NONE);
    }

    @ParameterizedTest
    @EnumSource(value = Level.class, names = "RAID5", mode = EnumSource.Mode.EXCLUDE)
    void addMember_ofAnotherLevel_isRefused(Level level) throws Exception {
        int count = 4;
        while (!level.allows(count)) {
            count++;
        }
        RaidArray array = create(level, devices(count));
        assertThatThrownBy(() -> array.addMember(devices(1).getFirst()))
                .isInstanceOfSatisfying(
                        DeviceException.class,
                        refused -> assertThat(refused.code()).isEqualTo(Code.UNSUPPORTED))
                .hasMessageContaining(level + " of");
        assertThatThrownBy(() -> array.reshape(Progress.NONE).join()).hasMessageContaining("add a member first");
    }

    @Test
    void addMember_whileOneIsMissing_isRefused_andWhileReshapingNothingElseIsDone() throws Exception {
        List<MemoryDevice> members = devices(3);
        RaidArray array = create(Level.RAID5, members);
        array.fail(1);
        MemoryDevice more = new MemoryDevice("more", 512, 4 << 20);
        assertThatThrownBy(() -> array.addMember(more)).hasMessageContaining("not all of them in sync");
        array.replace(1, new MemoryDevice("new", 512, 4 << 20));
        array.rebuild(Progress.NONE).join();
        array.addMember(more);
        assertThatThrownBy(() -> array.scrub(Progress.NONE).join()).hasMessageContaining("a reshape is under way");
        assertThatThrownBy(() -> array.addMember(devices(1).getFirst())).hasMessageContaining("already");
        array.fail(0);
        assertThatThrownBy(() -> array.replace(0, devices(1).getFirst()))
                .hasMessageContaining("a reshape is under way");
        array.reshape(Progress.NONE).join();
        array.replace(0, devices(1).getFirst());
        array.rebuild(Progress.NONE).join();
        assertThat(array.status().health()).isEqualTo(ArrayStatus.Health.OPTIMAL);
        assertThat(array.status().activity()).isEqualTo(ArrayStatus.Activity.IDLE);
    }

    /** What cannot be read is not moved, nor is anything behind it; once it is written anew the reshape goes on. */
    @Test
    void blocksThatAreLost_stopTheReshapeUntilTheyAreWritten() throws Exception {
        List<FaultyDevice> members = new ArrayList<>();
        PowerSupply power = new PowerSupply(1);
        devices(3).forEach(medium -> members.add(new FaultyDevice(medium, power)));
        RaidArray array = create(Level.RAID5, members);
        byte[] bytes = new byte[(int) array.geometry().size()];
        Property.random(1).nextBytes(bytes);
        BlockIo.write(array, 0, ByteBuffer.wrap(bytes), WriteMode.FUA);
        array.close();
        RaidArray again = RaidArray.assemble(List.copyOf(members), NEVER, Sabotage.NONE);
        array = again;
        Addressing.Extent bad = again.core().map.extent(100, 1);
        for (int column : again.core().map.words(bad.band())[0]) {
            if (column != again.core().map.parities(bad.band())[0]) {
                Member member = again.core().member(column);
                long address = again.core().map.memberCell(bad.band(), column, bad.row());
                members.get(column).inject(Fault.readError(member.dataOffset(address), 4096, 1000));
            }
        }
        again.addMember(new MemoryDevice("more", 512, 4 << 20));
        assertThatThrownBy(() -> again.reshape(Progress.NONE).join())
                .hasMessageContaining("blocks from ")
                .hasMessageContaining("write them anew");
        assertThat(again.status().activity()).isEqualTo(ArrayStatus.Activity.RESHAPING);
        int stripe = 2 * 65536;
        int at = 100 * 4096 / stripe * stripe;
        BlockIo.write(again, at, ByteBuffer.wrap(bytes, at, stripe), WriteMode.FUA);
        again.core().journal.drain().join();
        assertThat(again.reshape(Progress.NONE).join().sizeBytes()).isEqualTo(bytes.length / 2L * 3);
        assertThat(BlockIo.read(again, 0, bytes.length).array()).isEqualTo(bytes);
        array.close();
    }
}
