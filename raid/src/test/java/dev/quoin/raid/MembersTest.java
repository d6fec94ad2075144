package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.Fault;
import dev.quoin.device.FaultyDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.WriteMode;
import dev.quoin.property.Property;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Proves what becomes of devices that come to an array, leave it, take each other's roles and come back. */
class MembersTest {

    private static final Delay NEVER = (millis, task) -> {};
    private static final int BLOCK = 4096;
    private static final int CHUNK = 16384;
    private static final int SIZE = 4 << 20;

    @ParameterizedTest
    @CsvSource({"RAID1, 2", "RAID3, 3", "RAID5, 3", "RAID6, 4", "RAID10, 3"})
    void spare_whenAMemberFails_takesItsRoleAndIsRebuilt(Level level, int members) throws Exception {
        MembersRig rig = new MembersRig(level, members);
        FaultyDevice spare = rig.device("spare", SIZE);
        assertThat(rig.array.add(spare)).isEqualTo(Added.SPARE);
        assertThat(rig.array.status().spares()).containsExactly("spare");
        FaultyDevice lost = rig.devices.get(1);
        lost.disconnect();
        rig.write(0, rig.array.geometry().optimalTransfer());
        rig.array.core().journal.drain().join();
        rig.array.settled().join();
        assertThat(rig.types())
                .containsSubsequence(
                        ArrayEvent.Type.SPARE_ADDED,
                        ArrayEvent.Type.FAIL,
                        ArrayEvent.Type.REPLACED,
                        ArrayEvent.Type.REBUILD_STARTED,
                        ArrayEvent.Type.REBUILD_FINISHED,
                        ArrayEvent.Type.SPARE_ACTIVE);
        assertThat(rig.array.status().spares()).isEmpty();
        FaultyDevice[] now = rig.devices.subList(0, members).toArray(FaultyDevice[]::new);
        now[1] = spare;
        rig.assertSound(now);
    }

    @Test
    void spare_whenTheArrayStartsWithoutAMember_takesItsRole() throws Exception {
        MembersRig rig = new MembersRig(Level.RAID5, 3);
        FaultyDevice spare = rig.device("spare", SIZE);
        rig.array.add(spare);
        rig.array.close();
        FaultyDevice lost = rig.devices.get(2);
        rig.start(lost);
        rig.assertSound(rig.devices.get(0), rig.devices.get(1), spare);
        rig.devices.remove(lost);
        rig.start();
        rig.assertContent();
    }

    @Test
    void spares_ofDifferentSizes_areTakenFromTheSmallestOn() throws Exception {
        MembersRig rig = new MembersRig(Level.RAID6, 4);
        FaultyDevice large = rig.device("large", 2 * SIZE);
        FaultyDevice small = rig.device("small", SIZE);
        rig.array.add(large);
        rig.array.add(small);
        assertThatThrownBy(() -> rig.array.add(new MemoryDevice("tiny", 512, SIZE / 2)))
                .hasMessageContaining("take a larger device");
        rig.array.close();
        rig.start();
        rig.array.fail(3);
        rig.array.settled().join();
        assertThat(rig.array.status().spares()).containsExactly("large");
        rig.array.fail(0);
        rig.assertSound(large, rig.devices.get(1), rig.devices.get(2), small);
    }

    @Test
    void spare_thatFails_isNoSpareAnyMoreAndTheNextOneServes() throws Exception {
        MembersRig rig = new MembersRig(Level.RAID1, 2);
        FaultyDevice broken = rig.device("broken", SIZE);
        FaultyDevice spare = rig.device("spare", SIZE);
        rig.array.add(broken);
        rig.array.add(spare);
        broken.disconnect();
        rig.array.fail(0);
        rig.array.settled().join();
        assertThat(rig.types()).contains(ArrayEvent.Type.FAIL_SPARE);
        rig.assertSound(spare, rig.devices.get(1));
    }

    @Test
    void spare_thatIsMissingAtTheStart_isNoneAnyMore() throws Exception {
        MembersRig rig = new MembersRig(Level.RAID1, 2);
        FaultyDevice spare = rig.device("spare", SIZE);
        rig.array.add(spare);
        rig.array.close();
        rig.start(spare);
        assertThat(rig.array.status().spares()).isEmpty();
        rig.array.close();
        rig.start();
        assertThat(rig.array.status().spares()).isEmpty();
        assertThat(rig.array.add(spare)).isEqualTo(Added.SPARE);
    }

    @Test
    void spare_ofRaid0OrOfAnotherArray_isRefused() throws Exception {
        MembersRig stripes = new MembersRig(Level.RAID0, 2);
        assertThatThrownBy(() -> stripes.array.add(stripes.device("spare", SIZE)))
                .hasMessageContaining("RAID 0 has nothing to rebuild it from");
        MembersRig mirror = new MembersRig(Level.RAID1, 2);
        assertThatThrownBy(() -> mirror.array.add(stripes.devices.getFirst()))
                .isInstanceOfSatisfying(
                        DeviceException.class,
                        refused -> assertThat(refused.code()).isEqualTo(Code.BUSY));
        assertThatThrownBy(() -> mirror.array.add(mirror.devices.getFirst())).hasMessageContaining("[role 0] already");
    }

    @Test
    void remove_ofASpareOrAFailedMember_makesItAStranger() throws Exception {
        MembersRig rig = new MembersRig(Level.RAID5, 3);
        FaultyDevice spare = rig.device("spare", SIZE);
        rig.array.add(spare);
        rig.array.removeSpare("spare");
        assertThat(rig.array.status().spares()).isEmpty();
        assertThat(SuperblockStore.read(spare).blank()).isTrue();
        assertThatThrownBy(() -> rig.array.removeSpare("spare")).hasMessageContaining("one of the spares expected");
        assertThatThrownBy(() -> rig.array.remove(1)).hasMessageContaining("fail it first");
        rig.array.fail(1);
        rig.array.remove(1);
        assertThat(rig.array.status().members().get(1).device()).isNull();
        // A former member would catch up.
        assertThat(rig.array.add(rig.devices.get(1))).isEqualTo(Added.SPARE);
        rig.assertSound(rig.devices.get(0), rig.devices.get(1), rig.devices.get(2));
    }

    @ParameterizedTest
    @CsvSource({"RAID1, 2", "RAID3, 3", "RAID5, 4", "RAID6, 4", "RAID10, 3"})
    void memberThatComesBack_getsOnlyTheRegionsThatWereWrittenMeanwhile(Level level, int members) throws Exception {
        MembersRig rig = new MembersRig(level, members);
        FaultyDevice away = rig.devices.get(1);
        away.disconnect();
        int stripe = rig.array.geometry().optimalTransfer();
        int from = rig.model.length / 2 / stripe * stripe;
        rig.write(from, stripe);
        BlockIo.discard(rig.array, from + 4L * stripe, stripe);
        Arrays.fill(rig.model, from + 4 * stripe, from + 5 * stripe, (byte) 0);
        rig.settle();
        assertThat(rig.array.status().members().get(1).state()).isEqualTo(RoleState.FAILED);
        away.reconnect();
        rig.devices.forEach(FaultyDevice::resetCounters);
        assertThat(rig.array.add(away)).isEqualTo(Added.CATCHES_UP);
        rig.array.settled().join();
        Regions regions = SuperblockStore.read(away).superblock().regions();
        long region = Math.max(regions.dataLength() / 64, rig.array.core().map.bandBytes()) + CHUNK;
        long place = regions.dataOffset() + regions.dataLength() / 2;
        // The first region holds what settling wrote.
        for (FaultyDevice device : rig.devices) {
            assertThat(device.trace())
                    .filteredOn(io -> io.kind() != FaultyDevice.Kind.FLUSH && io.offset() >= regions.dataOffset())
                    .filteredOn(io -> io.offset() + io.length() > regions.dataOffset() + region)
                    .filteredOn(io -> io.offset() < regions.dataOffset() + regions.dataLength())
                    .allMatch(
                            io -> io.offset() >= place - 2 * region && io.offset() + io.length() <= place + 6 * region);
        }
        assertThat(away.trace())
                .filteredOn(io -> io.kind() == FaultyDevice.Kind.READ && io.offset() >= regions.dataOffset())
                .filteredOn(io -> io.offset() < regions.endCopyOffset())
                .as("reads of the member that is not current")
                .isEmpty();
        assertThat(away.counters().bytesWritten()).isLessThan(regions.dataLength() / 4);
        rig.assertSound(rig.devices.toArray(FaultyDevice[]::new));
    }

    @Test
    void memberThatWasMissingAtSomeStarts_catchesUp() throws Exception {
        MembersRig rig = new MembersRig(Level.RAID6, 4);
        FaultyDevice away = rig.devices.get(3);
        rig.array.close();
        for (int i = 0; i < 3; i++) {
            rig.start(away);
            rig.write((i + 1) * (1 << 20), 3 * BLOCK);
            rig.settle();
            rig.array.close();
        }
        rig.start();
        assertThat(rig.array.status().members().get(3).device()).isNull();
        assertThat(rig.array.add(away)).isEqualTo(Added.CATCHES_UP);
        rig.assertSound(rig.devices.toArray(FaultyDevice[]::new));
    }

    @Test
    void memberThatFailsWhileItCatchesUp_catchesUpAgain() throws Exception {
        MembersRig rig = new MembersRig(Level.RAID5, 3);
        FaultyDevice away = rig.devices.get(0);
        rig.array.fail(0);
        rig.write(1 << 20, 1 << 20);
        long data = SuperblockStore.read(away).superblock().regions().dataOffset();
        away.inject(Fault.writeError(data + (1 << 19), 1 << 19, 1));
        rig.array.add(away);
        rig.array.settled().join();
        assertThat(rig.array.status().members().getFirst().state()).isEqualTo(RoleState.FAILED);
        assertThat(rig.array.add(away)).isEqualTo(Added.CATCHES_UP);
        rig.assertSound(rig.devices.toArray(FaultyDevice[]::new));
    }

    @Test
    void memberThatWasUsedApart_isRebuiltFromTheStart() throws Exception {
        MembersRig rig = new MembersRig(Level.RAID1, 2);
        rig.array.close();
        RaidArray apart = RaidArray.assemble(List.of(rig.devices.get(1)), NEVER, Sabotage.NONE);
        byte[] other = new byte[BLOCK];
        BlockIo.write(apart, 2 << 20, ByteBuffer.wrap(other), WriteMode.FUA);
        apart.close();
        rig.start(rig.devices.get(1));
        assertThat(rig.array.add(rig.devices.get(1))).isEqualTo(Added.REBUILT);
        rig.assertSound(rig.devices.toArray(FaultyDevice[]::new));
    }

    @Test
    void olderCopyOfAMember_isRebuiltFromTheStart() throws Exception {
        MembersRig rig = new MembersRig(Level.RAID5, 3);
        MemoryDevice copy = new MemoryDevice("copy", 512, SIZE);
        BlockIo.write(copy, 0, BlockIo.read(rig.devices.get(1), 0, SIZE), WriteMode.CACHED);
        rig.array.close();
        rig.start();
        rig.write(2 << 20, 1 << 20);
        rig.settle();
        rig.array.fail(1);
        assertThat(rig.array.add(copy)).isEqualTo(Added.REBUILT);
        rig.array.settled().join();
        rig.assertContent();
        assertThat(rig.array.scrub(Progress.NONE).join().isClean()).isTrue();
    }

    @Test
    void memberThatWasBeingRebuilt_isRebuiltFromTheStart() throws Exception {
        MembersRig rig = new MembersRig(Level.RAID5, 3);
        FaultyDevice blank = rig.device("blank", SIZE);
        rig.array.fail(2);
        rig.array.replace(2, blank);
        rig.array.fail(2);
        assertThat(rig.array.add(blank)).isEqualTo(Added.REBUILT);
        rig.assertSound(rig.devices.get(0), rig.devices.get(1), blank);
    }

    @ParameterizedTest
    @CsvSource({"RAID0, 2", "RAID1, 2", "RAID3, 3", "RAID5, 3", "RAID6, 4", "RAID10, 3"})
    void replaceOfAMemberThatWorks_swapsTheDevices(Level level, int members) throws Exception {
        MembersRig rig = new MembersRig(level, members);
        FaultyDevice old = rig.devices.get(1);
        FaultyDevice fresh = rig.device("fresh", SIZE);
        rig.array.replace(1, fresh);
        assertThat(rig.array.status().members().get(1).replacement()).isEqualTo("fresh");
        assertThat(rig.array.status().health()).isEqualTo(ArrayStatus.Health.OPTIMAL);
        CompletableFuture<RebuildReport> rebuild = rig.array.rebuild(Progress.NONE);
        rig.write(3 << 20, 1 << 18);
        rebuild.join();
        rig.write(1 << 20, 1 << 16);
        assertThat(SuperblockStore.read(old).blank()).isTrue();
        rig.array.close();
        rig.devices.remove(old);
        rig.start();
        FaultyDevice[] now = rig.devices.subList(0, members).toArray(FaultyDevice[]::new);
        now[1] = fresh;
        System.arraycopy(rig.devices.toArray(FaultyDevice[]::new), 1, now, 2, members - 2);
        rig.assertSound(now);
    }

    @Test
    void replaceOfAMemberThatWorks_keepsItsRedundancyMeanwhile() throws Exception {
        MembersRig rig = new MembersRig(Level.RAID5, 3);
        FaultyDevice fresh = rig.device("fresh", SIZE);
        rig.array.replace(1, fresh);
        List<String> wrong = new ArrayList<>();
        rig.array
                .rebuild((done, total) -> {
                    try {
                        if (rig.array.status().health() == ArrayStatus.Health.OPTIMAL) {
                            rig.array.fail(0);
                        }
                        assertThat(rig.array.works())
                                .extracting(BackgroundWork::kind, BackgroundWork::doneBytes)
                                .containsExactly(tuple(BackgroundWork.Kind.REBUILD, done));
                        rig.assertContent();
                    } catch (Exception failure) {
                        wrong.add(failure.toString());
                    }
                })
                .join();
        assertThat(wrong).isEmpty();
        rig.assertContent();
        assertThat(rig.array.add(rig.devices.getFirst())).isEqualTo(Added.REBUILT);
        rig.assertSound(rig.devices.get(0), fresh, rig.devices.get(2));
    }

    @Test
    void replaceOfAMemberWithBadBlocks_makesThemFromTheOthers() throws Exception {
        MembersRig rig = new MembersRig(Level.RAID5, 3);
        long data =
                SuperblockStore.read(rig.devices.get(1)).superblock().regions().dataOffset();
        rig.devices.get(1).inject(Fault.unreadable(data + (1 << 20), 5 * BLOCK));
        rig.devices.get(1).flipBit(data + (2 << 20), 3);
        FaultyDevice fresh = rig.device("fresh", SIZE);
        rig.array.replace(1, fresh);
        assertThat(rig.array.rebuild(Progress.NONE).join().blocksLost()).isZero();
        rig.assertSound(rig.devices.get(0), fresh, rig.devices.get(2));
    }

    @Test
    void replaceOfAStripeWithABadBlock_losesThatBlockAlone() throws Exception {
        MembersRig rig = new MembersRig(Level.RAID0, 2);
        long data =
                SuperblockStore.read(rig.devices.get(1)).superblock().regions().dataOffset();
        rig.devices.get(1).inject(Fault.unreadable(data + (1 << 20), BLOCK));
        FaultyDevice fresh = rig.device("fresh", SIZE);
        rig.array.replace(1, fresh);
        assertThat(rig.array.rebuild(Progress.NONE).join().blocksLost()).isEqualTo(1);
        int lost = 0;
        for (int at = 0; at < rig.model.length; at += BLOCK) {
            try {
                assertThat(BlockIo.read(rig.array, at, BLOCK).array())
                        .isEqualTo(Arrays.copyOfRange(rig.model, at, at + BLOCK));
            } catch (DeviceException bad) {
                assertThat(bad.code()).isEqualTo(Code.MEDIUM_ERROR);
                lost++;
            }
        }
        assertThat(lost).isEqualTo(1);
    }

    @Test
    void memberThatFailsWhileItIsCopied_isReplacedFromTheOthers() throws Exception {
        MembersRig rig = new MembersRig(Level.RAID5, 3);
        FaultyDevice fresh = rig.device("fresh", SIZE);
        rig.array.replace(1, fresh);
        fresh.hang();
        CompletableFuture<RebuildReport> rebuild = rig.array.rebuild(Progress.NONE);
        rig.array.fail(1);
        fresh.resume();
        rebuild.join();
        rig.write(1 << 20, 1 << 16);
        rig.assertSound(rig.devices.get(0), fresh, rig.devices.get(2));
    }

    @Test
    void deviceThatFailsWhileItIsFilled_leavesTheMemberAsItWas() throws Exception {
        MembersRig rig = new MembersRig(Level.RAID1, 2);
        FaultyDevice fresh = rig.device("fresh", SIZE);
        rig.array.replace(1, fresh);
        fresh.disconnect();
        assertThatThrownBy(rig.array.rebuild(Progress.NONE)::join).hasMessageContaining("failed while");
        assertThat(rig.types()).contains(ArrayEvent.Type.FAIL_SPARE).doesNotContain(ArrayEvent.Type.FAIL);
        rig.assertSound(rig.devices.get(0), rig.devices.get(1));
    }

    @Test
    void spare_whenTheArrayGrows_isDividedAnewAndStillTakesOver() throws Exception {
        List<MemoryDevice> media = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            media.add(new MemoryDevice("member" + i, 512, SIZE));
        }
        ArraySpec spec = new ArraySpec("main", Level.RAID5, CHUNK);
        RaidArray array = RaidArray.create(spec, List.copyOf(media.subList(0, 3)), NEVER, Sabotage.NONE);
        array.add(media.get(3));
        array.add(new MemoryDevice("small", 512, SIZE));
        media.forEach(medium -> medium.grow(2L * SIZE));
        array.grow(Progress.NONE).join();
        assertThat(array.status().spares()).containsExactly("member3");
        array.close();

        array = RaidArray.assemble(List.copyOf(media), NEVER, Sabotage.NONE);
        assertThat(array.status().spares()).containsExactly("member3");
        byte[] model = new byte[(int) array.geometry().size()];
        Property.random(3).nextBytes(model);
        BlockIo.write(array, 0, ByteBuffer.wrap(model), WriteMode.FUA);
        array.fail(1);
        array.settled().join();
        assertThat(array.status().health()).isEqualTo(ArrayStatus.Health.OPTIMAL);
        assertThat(BlockIo.read(array, 0, model.length).array()).isEqualTo(model);
        array.close();
        assertThat(ArrayChecker.check(List.of(media.get(0), media.get(3), media.get(2))))
                .isEmpty();
    }

    @Test
    void spare_whenAMemberFailsDuringAReshape_takesItsRoleWhenThatHasEnded() throws Exception {
        List<MemoryDevice> media = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            media.add(new MemoryDevice("member" + i, 512, SIZE));
        }
        ArraySpec spec = new ArraySpec("main", Level.RAID5, CHUNK);
        RaidArray array = RaidArray.create(spec, List.copyOf(media.subList(0, 3)), NEVER, Sabotage.NONE);
        byte[] model = new byte[(int) array.geometry().size()];
        Property.random(4).nextBytes(model);
        BlockIo.write(array, 0, ByteBuffer.wrap(model), WriteMode.FUA);
        array.add(media.get(4));
        array.addMember(media.get(3));
        array.fail(0);
        array.settled().join();
        RaidArray reshaping = array;
        assertThatThrownBy(() -> reshaping.replace(0, new MemoryDevice("blank", 512, SIZE)))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("a reshape is under way");
        assertThatThrownBy(() -> reshaping.add(media.get(0)))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("a reshape is under way");
        array.close();

        array = RaidArray.assemble(List.copyOf(media.subList(1, 5)), NEVER, Sabotage.NONE);
        array.settled().join();
        assertThat(array.status().members().getFirst().state()).isEqualTo(RoleState.FAILED);
        assertThat(array.status().spares()).containsExactly("member4");
        array.reshape(Progress.NONE).join();
        array.settled().join();
        assertThat(array.status().health()).isEqualTo(ArrayStatus.Health.OPTIMAL);
        assertThat(array.status().members().getFirst().device()).isEqualTo("member4");
        assertThat(BlockIo.read(array, 0, model.length).array()).isEqualTo(model);
        assertThat(array.scrub(Progress.NONE).join()).matches(ScrubReport::isClean);
        array.close();
        assertThat(ArrayChecker.check(List.of(media.get(4), media.get(1), media.get(2), media.get(3))))
                .isEmpty();
    }

    @Test
    void leg_whileAMemberIsBeingReplaced_isRefused() throws Exception {
        MembersRig rig = new MembersRig(Level.RAID1, 2);
        FaultyDevice next = rig.device("next", SIZE);
        rig.array.replace(0, next);
        assertThatThrownBy(() -> rig.array.addLeg(new MemoryDevice("leg", 512, SIZE)))
                .isInstanceOfSatisfying(
                        DeviceException.class,
                        refused -> assertThat(refused.code()).isEqualTo(Code.BUSY));
        rig.array.rebuild(Progress.NONE).join();
        rig.assertSound(next, rig.devices.get(1));
    }

    @Test
    void member_thatComesBackFromAnExport_isNoMemberOfLinuxMdAnyMore() throws Exception {
        MembersRig rig = new MembersRig(Level.RAID1, 2);
        rig.array.close();
        MdExport.run("main", List.copyOf(rig.devices), Instant.EPOCH, Progress.NONE);
        FaultyDevice away = rig.devices.get(1);
        assertThat(MdSuperblockStore.owner(away)).isPresent();
        rig.start(away);
        rig.write(0, BLOCK);
        rig.array.add(away);
        assertThat(MdSuperblockStore.owner(away)).isEmpty();
        rig.assertSound(rig.devices.get(0), away);
    }
}
