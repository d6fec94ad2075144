package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Judges the members of a closed, optimal array, by role, by what is on them, without the engine: every checksum is that of its cell,
 * the cells of a codeword agree, and a codeword is written on all its members or on none.
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
            tables.add(ChecksumTable.load(
                    member, superblock.regions(), superblock.map().cell()));
            if (superblock.events() != superblocks.getFirst().events()) {
                wrong.add("events of " + member.name() + " differ");
            }
            if (!superblock.clean()) {
                wrong.add(member.name() + " is not clean");
            }
        }
        new Rows(members, superblocks, tables, strict, wrong).check();
        return wrong;
    }

    /** Looks at one codeword after the other. */
    private record Rows(
            List<? extends BlockDevice> members,
            List<Superblock> superblocks,
            List<ChecksumTable> tables,
            boolean strict,
            List<String> wrong) {

        void check() throws DeviceException {
            Addressing map = superblocks.getFirst().map();
            BlockChecksum checksum = new BlockChecksum(superblocks.getFirst().array(), map.cell());
            long bands = map.bands(superblocks.getFirst().regions().dataLength());
            for (long band = 0; band < bands; band++) {
                for (int row = 0; row < map.rows(); row++) {
                    for (int[] word : map.words(band)) {
                        check(map, checksum, band, row, word);
                    }
                }
            }
        }

        private void check(Addressing map, BlockChecksum checksum, long band, int row, int[] word)
                throws DeviceException {
            byte[][] cells = new byte[word.length][map.cell()];
            int written = 0;
            for (int position = 0; position < word.length; position++) {
                int role = map.role(word[position]);
                long address = map.memberCell(band, word[position], row);
                Superblock superblock = superblocks.get(role);
                long offset = superblock.regions().dataOffset() + address * map.cell();
                BlockIo.read(members.get(role), offset, ByteBuffer.wrap(cells[position]));
                int entry = tables.get(role).get(address);
                if (entry == BlockChecksum.UNWRITTEN) {
                    if (strict && superblock.zeroed() && !isZero(cells[position])) {
                        wrong.add("unwritten cell " + address + " of role " + role + " is not zero");
                    }
                    Arrays.fill(cells[position], (byte) 0);
                    continue;
                }
                written++;
                if (entry != checksum.of(role, address, cells[position], 0)) {
                    wrong.add("checksum of cell " + address + " of role " + role);
                }
            }
            if (written != 0 && written != word.length) {
                wrong.add("row " + row + " of band " + band + " is written on " + written + " members only");
            }
            if (!map.layout().redundancy().agrees(cells, 0, map.cell())) {
                wrong.add("redundancy of row " + row + " of band " + band);
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
}
