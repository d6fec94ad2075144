package dev.quoin.raid;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What makes up for all that one member lacks in its journal: a part of its own, see {@link JournalChain}. Pure. */
final class JournalPatch {

    private final Addressing map;
    private final int roles;
    private final int role;
    private final List<SortedMap<Long, CellSource>> made;

    /**
     * A patch of a member.
     *
     * @param made by column the cells that it lacks and where they come from, by their row counted through all bands
     */
    JournalPatch(Addressing map, int roles, int role, List<SortedMap<Long, CellSource>> made) {
        this.map = map;
        this.roles = roles;
        this.role = role;
        this.made = List.copyOf(made);
    }

    /**
     * The bytes of the part.
     *
     * @param sequence the last batch that it makes up for
     * @param patched the roles that get a patch together, as bits
     */
    ByteBuffer encode(UUID array, long generation, long sequence, int patched) {
        List<JournalPart.Change> changes = changes();
        ByteBuffer header = JournalPart.encodePatch(array, generation, sequence, patched, changes);
        int headerLength = header.limit();
        List<byte[]> stored = stored(changes);
        int length = headerLength + JournalPart.wholeBlocks(stored.size() * map.cell());
        ByteBuffer part = ByteBuffer.allocate(length);
        part.position(headerLength);
        stored.forEach(part::put);
        part.position(0);
        JournalPart.address(header, role, length);
        return part.put(0, header, 0, headerLength);
    }

    private List<JournalPart.Change> changes() {
        TreeMap<Long, List<JournalPart.ColumnChange>> bands = new TreeMap<>();
        for (int column = role; column < map.columns(); column += roles) {
            TreeMap<Long, long[]> masks = new TreeMap<>();
            made.get(column).forEach((row, source) -> {
                long[] ofBand = masks.computeIfAbsent(row / map.rows(), band -> new long[5]);
                ofBand[kind(source)] |= 1L << (row % map.rows());
            });
            for (Map.Entry<Long, long[]> entry : masks.entrySet()) {
                long[] kinds = entry.getValue();
                int[] checksums = checksums(entry.getKey(), kinds, made.get(column));
                bands.computeIfAbsent(entry.getKey(), band -> new ArrayList<>())
                        .add(new JournalPart.ColumnChange(
                                column, kinds[0], kinds[1], kinds[2], 0, kinds[3], kinds[4], checksums));
            }
        }
        List<JournalPart.Change> changes = new ArrayList<>();
        bands.forEach((band, columns) -> changes.add(new JournalPart.Change(band, List.copyOf(columns))));
        return changes;
    }

    private static int kind(CellSource source) {
        return switch (source) {
            case CellSource.Made made -> 0;
            case CellSource.Zero zero -> 1;
            case CellSource.Unwritten unwritten -> 2;
            case CellSource.Placed placed -> 3;
            case CellSource.Over over -> 4;
            case CellSource.Bad bad -> throw new IllegalStateException("a patch of what is lost");
            case CellSource.Stored stored -> throw new IllegalStateException("a patch of what is in the journal");
            case CellSource.Rest rest -> throw new IllegalStateException("a patch of what is not made");
        };
    }

    private int[] checksums(long band, long[] kinds, SortedMap<Long, CellSource> made) {
        IntStream stored = cells(band, kinds[0], made).mapToInt(cell -> ((CellSource.Made) cell).checksum());
        IntStream placed = cells(band, kinds[3], made).mapToInt(cell -> ((CellSource.Placed) cell).checksum());
        IntStream over = cells(band, kinds[4], made).mapToInt(cell -> ((CellSource.Over) cell).checksum());
        IntStream before = cells(band, kinds[4], made).mapToInt(cell -> ((CellSource.Over) cell).before());
        return Stream.of(stored, placed, over, before)
                .flatMapToInt(each -> each)
                .toArray();
    }

    private Stream<CellSource> cells(long band, long rows, SortedMap<Long, CellSource> made) {
        return IntStream.range(0, map.rows())
                .filter(row -> (rows & 1L << row) != 0)
                .mapToObj(row -> Objects.requireNonNull(made.get(band * map.rows() + row)));
    }

    /** The cells that a patch stores, in the order of its table. */
    private List<byte[]> stored(List<JournalPart.Change> changes) {
        List<byte[]> stored = new ArrayList<>();
        for (JournalPart.Change change : changes) {
            for (JournalPart.ColumnChange column : change.columns()) {
                for (long left = column.stored(); left != 0; left &= left - 1) {
                    long row = change.band() * map.rows() + Long.numberOfTrailingZeros(left);
                    if (made.get(column.column()).get(row) instanceof CellSource.Made bytes) {
                        stored.add(bytes.bytes());
                    }
                }
            }
        }
        return stored;
    }
}
