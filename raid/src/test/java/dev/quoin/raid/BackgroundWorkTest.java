package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.Fault;
import dev.quoin.device.FaultyDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.PowerSupply;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * Proves that rebuild and scrub keep to their limits, make room for requests, go on after a kill where they were, and tell what they
 * find by its cause.
 */
class BackgroundWorkTest {

    private static final int BLOCK = 4096;
    private static final long MIB = 1L << 20;
    private static final long BAND = 256 << 10;

    /** Time that passes when somebody waits, and when a test says so. */
    private static final class TestTime implements Throttle.Time {
        private final AtomicLong now = new AtomicLong();

        @Override
        public long nanos() {
            return now.get();
        }

        @Override
        public boolean skip(long nanos) {
            now.addAndGet(nanos);
            return true;
        }

        double seconds() {
            return now.get() / 1e9;
        }
    }

    private final PowerSupply power = new PowerSupply(7);
    private final List<FaultyDevice> members = new ArrayList<>();
    private final List<ArrayEvent> events = new CopyOnWriteArrayList<>();
    private final TestTime time = new TestTime();

    private RaidArray create(Level level, int count, long size) throws DeviceException {
        for (int i = 0; i < count; i++) {
            members.add(new FaultyDevice(new MemoryDevice("member" + i, BLOCK, size), power));
        }
        return watched(RaidArray.create(new ArraySpec("work", level, 65_536), devices()));
    }

    private List<BlockDevice> devices() {
        return new ArrayList<>(members);
    }

    private RaidArray again() throws DeviceException {
        return watched(RaidArray.assemble(devices()));
    }

    private RaidArray watched(RaidArray array) {
        array.addListener(events::add);
        array.core().throttle.time(time);
        return array;
    }

    private static void fill(RaidArray array, long length) throws DeviceException {
        byte[] bytes = new byte[(int) MIB];
        for (long at = 0; at < length; at += bytes.length) {
            Arrays.fill(bytes, (byte) (1 + at / bytes.length));
            BlockIo.write(array, at, ByteBuffer.wrap(bytes), WriteMode.CACHED);
        }
        array.core().journal.drain().join();
    }

    /** Puts everything in place and forgets what is in memory. */
    private RaidArray reopened(RaidArray array) throws DeviceException {
        array.close();
        return again();
    }

    private void replace(RaidArray array, int role) throws DeviceException {
        long size = members.get(role).geometry().size();
        members.set(role, new FaultyDevice(new MemoryDevice("new" + role, BLOCK, size), power));
        array.fail(role);
        array.replace(role, members.get(role));
    }

    private long offset(RaidArray array, int role, long band, int row) {
        Member member = array.core().members.get(role);
        return member.dataOffset(array.core().map.memberCell(band, role, row));
    }

    private List<String> titles() {
        return events.stream().map(event -> event.type().title()).toList();
    }

    @Test
    void rebuildAndScrub_takeAsLongAsTheMaximumSays() throws Exception {
        RaidArray array = create(Level.RAID1, 2, 64 * MIB);
        fill(array, 32 * MIB);
        array.limits(new WorkLimits(MIB, 8 * MIB, Duration.ofMillis(100)));
        replace(array, 1);
        array.rebuild(Progress.NONE).join();
        assertThat(time.seconds()).as("32 MiB at 8 MiB/s").isBetween(3.8, 4.2);
        array.scrub(Progress.NONE).join();
        assertThat(time.seconds()).isBetween(7.6, 8.4);
        array.limits(new WorkLimits(MIB, WorkLimits.UNLIMITED, Duration.ofMillis(100)));
        array.scrub(Progress.NONE).join();
        assertThat(time.seconds()).as("without a limit").isBetween(7.6, 8.4);
        array.close();
    }

    @Test
    void slowRequests_makeARebuildBackOffToItsMinimum_andFastOnesLetItGoOn() throws Exception {
        RaidArray array = create(Level.RAID1, 2, 64 * MIB);
        fill(array, 32 * MIB);
        array = reopened(array);
        array.limits(new WorkLimits(MIB, 16 * MIB, Duration.ofMillis(100)));
        replace(array, 1);
        List<Long> slowRates = new CopyOnWriteArrayList<>();
        List<Long> fastRates = new CopyOnWriteArrayList<>();
        RaidArray served = array;
        array.rebuild((done, total) -> {
                    boolean slow = done < 16 * MIB;
                    members.get(0).hang();
                    CompletableFuture<Void> read = served.read(20 * MIB, ByteBuffer.allocate(BLOCK));
                    time.now.addAndGet(Duration.ofMillis(slow ? 150 : 10).toNanos());
                    members.get(0).resume();
                    read.join();
                    (slow ? slowRates : fastRates).add(served.works().getFirst().rateLimit());
                })
                .join();
        assertThat(slowRates).startsWith(16 * MIB);
        assertThat(slowRates.getLast()).isBetween(MIB, 5 * MIB / 4);
        assertThat(time.seconds()).as("16 MiB at about the minimum").isGreaterThan(10);
        assertThat(fastRates.getLast()).as("after fast ones").isGreaterThan(8 * MIB);
        array.close();
    }

    @Test
    void limits_thatAreRaisedWhileARebuildWaits_letItGoOn() throws Exception {
        RaidArray array = create(Level.RAID1, 2, 64 * MIB);
        fill(array, 16 * MIB);
        // The time of the machine: at this rate the rebuild would take half a year.
        array.core().throttle.time(Throttle.Time.SYSTEM);
        array.limits(new WorkLimits(1, 1, Duration.ofMillis(100)));
        replace(array, 1);
        var begun = new CompletableFuture<Void>();
        CompletableFuture<RebuildReport> rebuild = array.rebuild((done, total) -> begun.complete(null));
        begun.join();
        array.limits(WorkLimits.DEFAULT);
        rebuild.join();
        assertThat(array.status().health()).isEqualTo(ArrayStatus.Health.OPTIMAL);
        array.close();
    }

    @Test
    void close_doesNotWaitForARebuildThatWaits() throws Exception {
        RaidArray array = create(Level.RAID1, 2, 64 * MIB);
        fill(array, 16 * MIB);
        array.core().throttle.time(Throttle.Time.SYSTEM);
        array.limits(new WorkLimits(1, 1, Duration.ofMillis(100)));
        replace(array, 1);
        var begun = new CompletableFuture<Void>();
        CompletableFuture<RebuildReport> rebuild = array.rebuild((done, total) -> begun.complete(null));
        begun.join();
        array.close();
        assertThatThrownBy(rebuild::join).hasMessageContaining("the array was closed");
        array = again();
        array.rebuild(Progress.NONE).join();
        array.close();
        assertThat(ArrayChecker.check(devices())).isEmpty();
    }

    @Test
    void rebuild_afterAKill_goesOnWithinAHundredthOfWhereItWas() throws Exception {
        RaidArray array = create(Level.RAID5, 3, 1024 * MIB);
        byte[] bytes = new byte[BLOCK];
        for (long at = 0; at < array.geometry().size(); at += 4 * MIB) {
            Arrays.fill(bytes, (byte) (1 + at / MIB));
            BlockIo.write(array, at, ByteBuffer.wrap(bytes), WriteMode.CACHED);
        }
        replace(array, 2);
        AtomicLong reached = new AtomicLong();
        long hundredth = array.status().memberBytes() / 100;
        CompletableFuture<RebuildReport> killed = array.rebuild((done, total) -> {
            if (done > total * 5 / 8 + hundredth * 2 / 3) {
                reached.compareAndSet(0, done);
                power.cut();
            }
        });
        assertThatThrownBy(killed::join).isInstanceOf(CompletionException.class);
        power.restore();
        assertThat(titles()).contains("RebuildStarted", "Rebuild20", "Rebuild40", "Rebuild60", "RebuildStopped");
        array = again();
        assertThat(array.status().rebuiltBytes()).isBetween(reached.get() - hundredth - 32 * BAND, reached.get());
        AtomicLong first = new AtomicLong();
        array.rebuild((done, total) -> first.compareAndSet(0, done)).join();
        assertThat(first.get()).isGreaterThan(reached.get() - hundredth - 32 * BAND);
        assertThat(titles()).contains("Rebuild80", "RebuildFinished", "SpareActive");
        array.close();
        assertThat(ArrayChecker.check(devices())).isEmpty();
    }

    @Test
    void readErrors_inARebuild_becomeBadBlocksAndDoNotStopIt() throws Exception {
        RaidArray array = create(Level.RAID5, 3, 64 * MIB);
        fill(array, 32 * MIB);
        array = reopened(array);
        replace(array, 2);
        members.get(0).inject(Fault.unreadable(offset(array, 0, 1, 5), 2 * BLOCK));
        RebuildReport report = array.rebuild(Progress.NONE).join();
        assertThat(report.blocksLost()).isEqualTo(2);
        assertThat(array.status().health()).isEqualTo(ArrayStatus.Health.OPTIMAL);
        assertThat(array.status().members().stream().mapToInt(ArrayStatus.MemberStatus::badBlocks))
                .containsExactly(2, 0, 2);
        array = reopened(array);
        assertThat(array.status().members().stream().mapToInt(ArrayStatus.MemberStatus::badBlocks))
                .as("kept over a restart")
                .containsExactly(2, 0, 2);
        int errors = 0;
        for (long at = 0; at < 32 * MIB; at += BLOCK) {
            try {
                ByteBuffer block = BlockIo.read(array, at, BLOCK);
                assertThat(block.get(0)).isEqualTo((byte) (1 + at / MIB));
            } catch (DeviceException lost) {
                assertThat(lost.code()).isEqualTo(Code.MEDIUM_ERROR);
                errors++;
            }
        }
        // Each of the two rows lacks two of its three blocks; one in three rows has its parity on one of them.
        assertThat(errors).isBetween(2, 4);
        array.close();
    }

    @Test
    void scrub_countsByCause_andChangesNothingUnlessItIsToRepair() throws Exception {
        RaidArray array = create(Level.RAID5, 3, 64 * MIB);
        fill(array, 32 * MIB);
        array = reopened(array);
        int parity = parityRole(array, 0);
        int data = (parity + 1) % 3;
        int other = (parity + 2) % 3;
        members.get(data).flipBit(offset(array, data, 0, 0) + 17, 3);
        members.get(parity).flipBit(offset(array, parity, 0, 1), 0);
        members.get(other).inject(Fault.unreadable(offset(array, other, 0, 2), BLOCK));
        mismatch(array, data, 3);
        for (int role : new int[] {data, other}) {
            members.get(role).flipBit(offset(array, role, 0, 4), 1);
        }
        for (int round = 0; round < 2; round++) {
            ScrubReport checked = array.scrub(ScrubMode.CHECK, Progress.NONE).join();
            assertCauses(checked);
            assertThat(checked.repaired()).isZero();
            assertThat(array.status().members()).allMatch(member -> member.badBlocks() == 0);
        }
        ScrubReport repaired = array.scrub(ScrubMode.REPAIR, Progress.NONE).join();
        assertCauses(repaired);
        assertThat(repaired.repaired()).isEqualTo(3);
        ScrubReport left = array.scrub(ScrubMode.REPAIR, Progress.NONE).join();
        assertThat(left.bad()).as("what cannot be repaired").isEqualTo(2);
        assertThat(left.unrepairable()).isEqualTo(2);
        assertThat(left.parityMismatches()).isEqualTo(1);
        assertThat(left.repaired()).isZero();
        array.close();
    }

    private static void assertCauses(ScrubReport report) {
        assertThat(report.isComplete()).isTrue();
        assertThat(report.dataChecksums()).isEqualTo(3);
        assertThat(report.parityChecksums()).isEqualTo(1);
        assertThat(report.readErrors()).isEqualTo(1);
        assertThat(report.parityMismatches()).isEqualTo(1);
        assertThat(report.unrepairable()).isEqualTo(2);
    }

    private static int parityRole(RaidArray array, long band) {
        int[] word = array.core().map.words(band)[0];
        return array.core().map.role(word[word.length - 1]);
    }

    /** Makes a block another one with a checksum that fits: as a member that took back both. */
    private void mismatch(RaidArray array, int role, int row) throws DeviceException {
        long address = array.core().map.memberCell(0, role, row);
        byte[] old = new byte[BLOCK];
        Arrays.fill(old, (byte) 0x5a);
        BlockIo.write(members.get(role), offset(array, role, 0, row), ByteBuffer.wrap(old), WriteMode.FUA);
        Member member = array.core().members.get(role);
        member.checksums.set(address, array.core().checksum.of(role, address, old, 0));
    }

    @Test
    void scrub_thatIsStopped_goesOnWhereItWas_alsoAfterARestart() throws Exception {
        RaidArray array = create(Level.RAID1, 2, 256 * MIB);
        fill(array, 16 * MIB);
        array = reopened(array);
        RaidArray served = array;
        ScrubReport stopped = array.scrub((done, total) -> {
                    if (done > total / 2) {
                        served.stopScrub();
                    }
                })
                .join();
        assertThat(stopped.isComplete()).isFalse();
        assertThat(stopped.toBytes()).isBetween(112 * MIB, 160 * MIB);
        assertThat(titles()).contains("ScrubStarted", "ScrubStopped").doesNotContain("ScrubFinished");
        array = reopened(array);
        ScrubReport rest = array.scrub(Progress.NONE).join();
        assertThat(rest.fromBytes()).isEqualTo(stopped.toBytes());
        assertThat(rest.isComplete()).isTrue();
        assertThat(array.scrub(Progress.NONE).join().fromBytes()).as("the next").isZero();
        assertThat(array.stopScrub()).isEmpty();
        array.close();
    }

    @Test
    void scrub_afterAPowerCut_goesOnWithinAHundredth() throws Exception {
        RaidArray array = create(Level.RAID1, 2, 1024 * MIB);
        fill(array, 4 * MIB);
        AtomicLong reached = new AtomicLong();
        CompletableFuture<ScrubReport> killed = array.scrub((done, total) -> {
            if (done > total / 2 && reached.compareAndSet(0, done)) {
                power.cut();
            }
        });
        assertThatThrownBy(killed::join).isInstanceOf(CompletionException.class);
        power.restore();
        array = again();
        ScrubReport rest = array.scrub(Progress.NONE).join();
        assertThat(rest.fromBytes()).isBetween(reached.get() - 1024 * MIB / 100 - 32 * BAND, reached.get());
        array.close();
    }

    @Test
    void scrubThatRepairs_doesNotSkipWhatWasOnlyChecked_butTheOtherWayRound() throws Exception {
        RaidArray array = create(Level.RAID1, 2, 256 * MIB);
        fill(array, 4 * MIB);
        RaidArray served = array;
        Progress stopAtHalf = (done, total) -> {
            if (done > total / 2) {
                served.stopScrub();
            }
        };
        array.scrub(ScrubMode.CHECK, stopAtHalf).join();
        assertThat(array.scrub(ScrubMode.REPAIR, stopAtHalf).join().fromBytes()).isZero();
        assertThat(array.scrub(ScrubMode.CHECK, Progress.NONE).join().fromBytes())
                .isPositive();
        array.close();
    }

    @Test
    void mark_isOneNumberInTheSuperblock() {
        assertThat(new ScrubMark(0x66, false).number()).isEqualTo(0x66);
        assertThat(new ScrubMark(0x66, true).number()).isEqualTo(0x8000000000000066L);
        assertThat(ScrubMark.of(0x8000000000000066L)).isEqualTo(new ScrubMark(0x66, true));
        assertThat(ScrubMark.of(0x66)).isEqualTo(new ScrubMark(0x66, false));
    }

    @Test
    void titles_ofEvents_areThoseOfMdadm() {
        assertThat(Arrays.stream(ArrayEvent.Type.values()).map(ArrayEvent.Type::title))
                .contains(
                        "Fail",
                        "DegradedArray",
                        "SpareActive",
                        "RebuildStarted",
                        "Rebuild20",
                        "Rebuild40",
                        "Rebuild60",
                        "Rebuild80",
                        "RebuildFinished");
    }
}
