package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Judges the members of a closed, optimal array by what is on them, without the engine: every checksum is that of its block,
 * every parity the XOR of its row, and a row is written on all members or on none.
 */
final class ArrayChecker {

    private ArrayChecker() {}

    /** Everything that is wrong; empty if the array is sound. */
    static List<String> check(List<? extends BlockDevice> members) throws DeviceException {
        return check(members, true);
    }

    /** As the other; {@code strict} if unwritten blocks must hold zeroes, which nobody but the array itself can spoil. */
    static List<String> check(List<? extends BlockDevice> members, boolean strict) throws DeviceException {
        List<String> wrong = new ArrayList<>();
        List<Superblock> superblocks = new ArrayList<>();
        List<ChecksumTable> tables = new ArrayList<>();
        for (BlockDevice member : members) {
            SuperblockStore.Found found = SuperblockStore.read(member);
            assertThat(found.superblock())
                    .as(member.name() + ": " + found.damage())
                    .isNotNull();
            Superblock superblock = Objects.requireNonNull(found.superblock());
            superblocks.add(superblock);
            tables.add(ChecksumTable.load(member, superblock.regions()));
            if (superblock.events() != superblocks.getFirst().events()) {
                wrong.add("events of " + member.name() + " differ");
            }
            if (!superblock.clean()) {
                wrong.add(member.name() + " is not clean");
            }
        }
        BlockChecksum checksum = new BlockChecksum(superblocks.getFirst().array());
        long blocks = superblocks.getFirst().regions().dataBlocks();
        for (long block = 0; block < blocks; block++) {
            checkRow(members, superblocks, tables, checksum, block, strict, wrong);
        }
        return wrong;
    }

    private static void checkRow(
            List<? extends BlockDevice> members,
            List<Superblock> superblocks,
            List<ChecksumTable> tables,
            BlockChecksum checksum,
            long block,
            boolean strict,
            List<String> wrong)
            throws DeviceException {
        byte[] sum = new byte[Addressing.BLOCK];
        int written = 0;
        for (int i = 0; i < members.size(); i++) {
            Superblock superblock = superblocks.get(i);
            long offset = superblock.regions().dataOffset() + block * Addressing.BLOCK;
            byte[] bytes = new byte[Addressing.BLOCK];
            BlockIo.read(members.get(i), offset, ByteBuffer.wrap(bytes));
            int entry = tables.get(i).get(block);
            if (entry == BlockChecksum.UNWRITTEN) {
                if (strict && superblock.zeroed() && !isZero(bytes)) {
                    wrong.add("unwritten block " + block + " of role " + superblock.role() + " is not zero");
                }
                continue;
            }
            written++;
            if (entry != checksum.of(superblock.role(), block, bytes, 0)) {
                wrong.add("checksum of block " + block + " of role " + superblock.role());
            }
            Xor.into(sum, new byte[][] {sum, bytes}, 2, 0, Addressing.BLOCK);
        }
        if (written != 0 && written != members.size()) {
            wrong.add("row " + block + " is written on " + written + " members only");
        }
        if (!isZero(sum)) {
            wrong.add("parity of row " + block);
        }
    }

    private static boolean isZero(byte[] bytes) {
        for (byte b : bytes) {
            if (b != 0) {
                return false;
            }
        }
        return true;
    }
}
