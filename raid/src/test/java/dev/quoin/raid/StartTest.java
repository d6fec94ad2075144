package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Proves which members make an array, and that everything else is refused with what was found and what was expected. */
class StartTest {

    private static final Delay NEVER = (millis, task) -> {};

    private static List<BlockDevice> members(int count) {
        List<BlockDevice> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            members.add(new MemoryDevice("member" + i, 512, 2 << 20));
        }
        return members;
    }

    private static RaidArray create(Level level, List<BlockDevice> members) throws DeviceException {
        return RaidArray.create(new ArraySpec("start", level, 16384), members, NEVER, Sabotage.NONE);
    }

    @ParameterizedTest
    @CsvSource({
        "RAID0, 1",
        "RAID0, 33",
        "RAID1, 1",
        "RAID1, 9",
        "RAID3, 2",
        "RAID3, 4",
        "RAID3, 17",
        "RAID5, 2",
        "RAID5, 33",
        "RAID6, 3",
        "RAID6, 33",
        "RAID10, 1",
        "RAID10, 33"
    })
    void create_withTooFewOrTooManyMembers_isRefused(Level level, int count) {
        assertThatThrownBy(() -> create(level, members(count)))
                .isInstanceOfSatisfying(DeviceException.class, refused -> {
                    assertThat(refused.code()).isEqualTo(Code.UNSUPPORTED);
                    assertThat(refused)
                            .hasMessageContaining(count + " members found, " + level.allowed() + " expected");
                });
    }

    @ParameterizedTest
    @CsvSource({"RAID0, 32", "RAID1, 8", "RAID3, 9", "RAID5, 32", "RAID6, 32", "RAID10, 31", "RAID10, 32"})
    void create_withAsManyMembersAsAllowed_storesAndFinds(Level level, int count) throws Exception {
        List<BlockDevice> members = members(count);
        RaidArray array = create(level, members);
        byte[] bytes = new byte[array.geometry().optimalTransfer()];
        Arrays.fill(bytes, (byte) 5);
        BlockIo.write(array, 0, ByteBuffer.wrap(bytes), WriteMode.FUA);
        array.close();
        RaidArray again = RaidArray.assemble(members, NEVER, Sabotage.NONE);
        assertThat(again.status().level()).isEqualTo(level);
        assertThat(BlockIo.read(again, 0, bytes.length).array()).isEqualTo(bytes);
        again.close();
        assertThat(ArrayChecker.check(members)).isEmpty();
    }

    @Test
    void raid0_ofDifferentSizes_isRefusedUnlessToldToCutThem() throws Exception {
        List<BlockDevice> members = members(2);
        members.add(new MemoryDevice("large", 512, 4 << 20));
        assertThatThrownBy(() -> create(Level.RAID0, members)).hasMessageContaining("equal ones expected for RAID 0");
        ArraySpec spec = new ArraySpec("start", Level.RAID0, 16384).withSizesCutToSmallest();
        RaidArray array = RaidArray.create(spec, members);
        long each = array.status().memberBytes();
        assertThat(array.geometry().size()).isEqualTo(3 * each);
    }

    @Test
    void raid3_onDevicesWithLargeBlocks_isRefused() {
        List<BlockDevice> members = members(2);
        members.add(new MemoryDevice("4kn", 4096, 2 << 20));
        assertThatThrownBy(() -> create(Level.RAID3, members))
                .hasMessageContaining("4kn: blocks of 4096 bytes found, 512 to 2048 expected");
    }

    @Test
    void writeMostly_ofNoMemberOrOfALevelWithoutCopies_isRefused() {
        ArraySpec mirror = new ArraySpec("start", Level.RAID1, 16384);
        assertThatThrownBy(() -> RaidArray.create(mirror.withWriteMostly(Set.of(2)), members(2)))
                .hasMessageContaining("write-mostly members [2] found, 0 to 1 expected");
        ArraySpec parity = new ArraySpec("start", Level.RAID5, 16384);
        assertThatThrownBy(() -> parity.withWriteMostly(Set.of(0))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(parity::withVerifiedReads).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({"RAID0, 3, 1", "RAID1, 3, 7", "RAID3, 5, 3", "RAID5, 4, 3", "RAID6, 5, 7", "RAID10, 4, 3"})
    void assemble_withoutMembersThatTheLevelNeeds_saysWhichAreThere(Level level, int count, int without)
            throws Exception {
        List<BlockDevice> members = members(count);
        create(level, members).close();
        List<BlockDevice> left = new ArrayList<>();
        for (int role = 0; role < count; role++) {
            if ((without & 1 << role) == 0) {
                left.add(members.get(role));
            }
        }
        assertThatThrownBy(() -> RaidArray.assemble(left))
                .isInstanceOfSatisfying(
                        DeviceException.class,
                        refused -> assertThat(refused.code()).isEqualTo(Code.GONE));
        if (!left.isEmpty()) {
            assertThatThrownBy(() -> RaidArray.assemble(left))
                    .hasMessageMatching(".* usable of .* expected; bring the missing members");
        }
    }

    @Test
    void assemble_withTwoHalvesThatWereUsedApart_isRefused() throws Exception {
        List<BlockDevice> members = members(2);
        create(Level.RAID1, members).close();
        for (BlockDevice half : members) {
            RaidArray alone = RaidArray.assemble(List.of(half), NEVER, Sabotage.NONE);
            BlockIo.write(alone, 0, ByteBuffer.allocate(4096), WriteMode.FUA);
            alone.close();
        }
        assertThatThrownBy(() -> RaidArray.assemble(members))
                .hasMessageContaining("each say that the other failed")
                .hasMessageContaining("member0 (role 0)")
                .hasMessageContaining("member1 (role 1)")
                .hasMessageContaining("name only those whose writes are to be kept");
        RaidArray array = RaidArray.assemble(members.subList(1, 2), NEVER, Sabotage.NONE);
        array.replace(0, members.get(0));
        array.rebuild(Progress.NONE).join();
        assertThat(array.status().health()).isEqualTo(ArrayStatus.Health.OPTIMAL);
    }

    @Test
    void assemble_withAMirrorThatMissedWrites_usesTheOther() throws Exception {
        List<BlockDevice> members = members(2);
        RaidArray array = create(Level.RAID1, members);
        array.fail(0);
        byte[] bytes = new byte[4096];
        Arrays.fill(bytes, (byte) 9);
        BlockIo.write(array, 0, ByteBuffer.wrap(bytes), WriteMode.FUA);
        RaidArray again = RaidArray.assemble(members, NEVER, Sabotage.NONE);
        assertThat(again.status().members().getFirst().state()).isEqualTo(RoleState.FAILED);
        assertThat(BlockIo.read(again, 0, 4096).array()).isEqualTo(bytes);
    }
}
