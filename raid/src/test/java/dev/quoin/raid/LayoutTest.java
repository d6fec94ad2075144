package dev.quoin.raid;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.property.Property;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Proves that chunks lie where the tables in md(4) put them, and that no two blocks lie in one place. */
class LayoutTest {

    /** For each row and member the data chunk that lies there, P or Q. */
    private static List<List<String>> table(Level level, int members, int rows) {
        Layout layout = level.layout(members);
        String[][] cells = new String[rows][members];
        for (int stripe = 0; stripe < rows / layout.stripes(); stripe++) {
            int[][] words = layout.codewords(stripe);
            int parities = layout.redundancy().parities();
            for (int word = 0; word < words.length; word++) {
                for (int position = 0; position < words[word].length; position++) {
                    int column = words[word][position];
                    int data = words[word].length - parities;
                    int index = stripe * layout.dataChunks() + (parities == 0 ? word : position);
                    String name = parities > 0 && position >= data ? (position == data ? "P" : "Q") : "D" + index;
                    cells[stripe * layout.stripes() + column / members][column % members] = name;
                }
            }
        }
        return Arrays.stream(cells).map(List::of).toList();
    }

    @Test
    void raid5_isLeftSymmetric() {
        assertThat(table(Level.RAID5, 4, 5))
                .containsExactly(
                        List.of("D0", "D1", "D2", "P"),
                        List.of("D4", "D5", "P", "D3"),
                        List.of("D8", "P", "D6", "D7"),
                        List.of("P", "D9", "D10", "D11"),
                        List.of("D12", "D13", "D14", "P"));
    }

    @Test
    void raid6_isLeftSymmetricWithQBehindP() {
        assertThat(table(Level.RAID6, 4, 4))
                .containsExactly(
                        List.of("Q", "D0", "D1", "P"),
                        List.of("D2", "D3", "P", "Q"),
                        List.of("D5", "P", "Q", "D4"),
                        List.of("P", "Q", "D6", "D7"));
    }

    @Test
    void raid10_isNearWithTwoCopies() {
        assertThat(table(Level.RAID10, 4, 2))
                .containsExactly(List.of("D0", "D0", "D1", "D1"), List.of("D2", "D2", "D3", "D3"));
        assertThat(table(Level.RAID10, 3, 4))
                .containsExactly(
                        List.of("D0", "D0", "D1"),
                        List.of("D1", "D2", "D2"),
                        List.of("D3", "D3", "D4"),
                        List.of("D4", "D5", "D5"));
    }

    @Test
    void raid0And1And3_doNotRotate() {
        assertThat(table(Level.RAID0, 3, 2)).containsExactly(List.of("D0", "D1", "D2"), List.of("D3", "D4", "D5"));
        assertThat(table(Level.RAID1, 3, 2)).containsExactly(List.of("D0", "D0", "D0"), List.of("D1", "D1", "D1"));
        assertThat(table(Level.RAID3, 5, 2))
                .containsExactly(List.of("D0", "D1", "D2", "D3", "P"), List.of("D4", "D5", "D6", "D7", "P"));
    }

    @Test
    void survives_isWhatTheLevelPromises() {
        assertThat(Level.RAID0.layout(3).survives(1)).isFalse();
        assertThat(Level.RAID1.layout(3).survives(0b110)).isTrue();
        assertThat(Level.RAID1.layout(3).survives(0b111)).isFalse();
        assertThat(Level.RAID3.layout(5).survives(0b10000)).isTrue();
        assertThat(Level.RAID3.layout(5).survives(0b10001)).isFalse();
        assertThat(Level.RAID5.layout(5).survives(0b11)).isFalse();
        assertThat(Level.RAID6.layout(5).survives(0b11)).isTrue();
        assertThat(Level.RAID6.layout(5).survives(0b111)).isFalse();
        assertThat(Level.RAID10.layout(4).survives(0b0101)).isTrue();
        assertThat(Level.RAID10.layout(4).survives(0b0011)).isFalse();
        assertThat(Level.RAID10.layout(3).survives(0b101)).isFalse();
    }

    @Test
    void extents_ofAnyPlacement_coverEveryBlockOnceAndNoTwoLieInOnePlace() {
        Property.forAll(15, random -> {
            Level level = Level.values()[random.nextInt(Level.values().length)];
            int members = 2 + random.nextInt(8);
            while (!level.allows(members)) {
                members++;
            }
            Addressing map = Addressing.of(level, members, 4096 << random.nextInt(9));
            Set<Long> places = new HashSet<>();
            long blocks = 3L * map.stripeBytes() / Addressing.BLOCK;
            for (long block = 0; block < blocks; ) {
                Addressing.Extent extent = map.extent(block, 1 + random.nextInt(100));
                for (int i = 0; i < extent.blocks(); i++) {
                    for (int column : columns(map, extent)) {
                        long address = map.memberCell(extent.band(), column, extent.row() + i);
                        long place = address * map.layout().roles() + map.role(column);
                        if (!places.add(place) || address * map.cell() >= 3L * map.unitBytes()) {
                            throw new AssertionError("block " + (block + i) + " of " + level + " of "
                                    + map.layout().roles() + " lies at " + address + " of role " + map.role(column));
                        }
                    }
                }
                block += extent.blocks();
            }
        });
    }

    /** A rebuild that goes on after a restart relies on it. */
    @Test
    void boundary_ofAnyBand_dividesTheCellsOfAllMembers() {
        Property.forAll(40, random -> {
            Level level = random.nextBoolean() ? Level.RAID10 : Level.RAID6;
            Addressing map = Addressing.of(level, 4 + random.nextInt(4), 4096 << random.nextInt(9));
            long bands = 3L * map.unitBytes() / map.bandBytes();
            long band = random.nextLong(bands);
            long boundary = map.boundary(band);
            assertThat(boundary).isBetween(Math.max(0, band - 3), band);
            for (long each = 0; each < bands; each++) {
                for (int column = 0; column < map.columns(); column++) {
                    long first = map.memberCell(each, column, 0) * map.cell();
                    assertThat(first < boundary * map.bandBytes()).isEqualTo(each < boundary);
                }
            }
        });
    }

    private static List<Integer> columns(Addressing map, Addressing.Extent extent) {
        List<Integer> columns = new ArrayList<>();
        if (extent.index() == Addressing.ALL) {
            for (int index = 0; index < map.layout().dataChunks(); index++) {
                columns.add(map.dataColumn(extent.band(), index));
            }
            return columns;
        }
        for (int column : map.copies(extent.band(), extent.index())) {
            columns.add(column);
        }
        return columns;
    }
}
