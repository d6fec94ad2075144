package dev.quoin.raid;

import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Decides, when the journal is replayed, what of codewords counts that were being written over without a copy ({@link Overwrite}). Blocking.
 *
 * <p>A record of that kind covers whole codewords, so a codeword as it is after it, and as it was before it, is one of which missing
 * cells can be made. In this order:
 *
 * <ol>
 *   <li>The newest version of all cells, if as many of them can be had as that takes; each that is made must have its checksum.
 *   <li>The version before, in the same way, and so on; unless the newer one is known to have been durable, or may have been.
 *   <li>Of each cell of data the newest that can be had. If all can, the parities are made anew.
 *   <li>Else what cannot be had is bad, and the parities are too: nothing must be made of cells that do not belong together.
 * </ol>
 *
 * <p>What is written then changes nothing of what another start finds, with the same members.
 */
final class Overwritten {

    private final Addressing map;
    private final BlockChecksum checksum;
    private final List<@Nullable Member> members;
    private final List<? extends Map<Long, CellSource>> newest;
    private final long durable;
    private final Sabotage sabotage;

    /**
     * To be decided.
     *
     * @param newest by column the newest versions, by their row counted through all bands; none is an {@link CellSource.Over} afterwards
     * @param durable what the batches up to this one put over something was in place, durably
     */
    Overwritten(
            Addressing map,
            BlockChecksum checksum,
            List<@Nullable Member> members,
            List<? extends Map<Long, CellSource>> newest,
            long durable,
            Sabotage sabotage) {
        this.map = map;
        this.checksum = checksum;
        this.members = members;
        this.newest = newest;
        this.durable = durable;
        this.sabotage = sabotage;
    }

    void decide() {
        var rows = new TreeSet<Long>();
        for (Map<Long, CellSource> cells : newest) {
            cells.forEach((row, source) -> {
                if (source instanceof CellSource.Over) {
                    rows.add(row);
                }
            });
        }
        for (long row : rows) {
            for (int[] word : map.words(row / map.rows())) {
                var codeword = new Codeword(word, row);
                if (codeword.isOver()) {
                    codeword.decide();
                }
            }
        }
    }

    /** One codeword; its cells are known by position. */
    private final class Codeword {

        private final int[] word;
        private final long row;
        private final CellSource[] known;
        private final byte @Nullable [][] inPlace;
        /** Whether some cells were nothing before and others not, so that a checksum was lost. */
        private final boolean disputed;

        Codeword(int[] word, long row) {
            this.word = word;
            this.row = row;
            this.known = new CellSource[word.length];
            this.inPlace = new byte[word.length][];
            int over = 0;
            int blank = 0;
            for (int position = 0; position < word.length; position++) {
                known[position] = newest(position);
                if (known[position] instanceof CellSource.Over) {
                    over++;
                    blank += oldest(known[position]) instanceof CellSource.Unwritten ? 1 : 0;
                }
            }
            this.disputed = blank != 0 && blank != over;
        }

        private CellSource newest(int position) {
            CellSource source = newest.get(word[position]).get(row);
            if (source != null) {
                return source;
            }
            Member holder = holder(position);
            int entry = holder == null ? BlockChecksum.BAD : holder.checksums.get(address(position));
            return switch (entry) {
                case BlockChecksum.BAD -> new CellSource.Rest(null, 0);
                case BlockChecksum.UNWRITTEN -> new CellSource.Unwritten();
                default -> new CellSource.Placed(entry, 0);
            };
        }

        private static CellSource oldest(CellSource source) {
            return source instanceof CellSource.Over over ? oldest(over.previous()) : source;
        }

        boolean isOver() {
            for (CellSource source : known) {
                if (source instanceof CellSource.Over) {
                    return true;
                }
            }
            return false;
        }

        void decide() {
            CellSource[] version = known;
            for (int steps = 0; version != null; steps++) {
                if (isWhole(version, steps)) {
                    return;
                }
                version = before(version);
            }
            if (map.redundancy().parities() == 0) {
                for (int position = 0; position < word.length; position++) {
                    put(position, new CellSource.Bad());
                }
            } else {
                cellByCell();
            }
        }

        /** What the codeword was before the batch that all its cells are of; null if it is not known to have been that. */
        private CellSource @Nullable [] before(CellSource[] version) {
            CellSource[] previous = new CellSource[version.length];
            long batch = 0;
            for (int position = 0; position < version.length; position++) {
                if (holder(position) == null) {
                    continue;
                }
                if (!(version[position] instanceof CellSource.Over over)
                        || (batch != 0 && over.sequence() != batch)
                        || over.sequence() <= durable) {
                    return null;
                }
                batch = over.sequence();
                previous[position] = over.previous();
            }
            for (int position = 0; batch != 0 && position < version.length; position++) {
                if (previous[position] == null) {
                    // All that is left to tell of the batch may be a patch of another member.
                    boolean known = version[position] instanceof CellSource.Over over && over.sequence() == batch;
                    previous[position] =
                            known ? ((CellSource.Over) version[position]).previous() : new CellSource.Rest(null, batch);
                }
            }
            return batch == 0 ? null : previous;
        }

        /** Takes the version if all cells of it can be had or made. */
        private boolean isWhole(CellSource[] version, int steps) {
            byte[][] cells = new byte[word.length][];
            int given = 0;
            int blank = 0;
            for (int position = 0; position < word.length; position++) {
                byte[] bytes = content(position, version[position], steps);
                cells[position] = bytes == null ? new byte[map.cell()] : bytes;
                given |= bytes == null ? 0 : 1 << position;
                blank |= bytes != null && version[position] instanceof CellSource.Unwritten ? 1 << position : 0;
            }
            int missing = (int) Addressing.mask(0, word.length) & ~given;
            if (given == 0 || (missing != 0 && !map.redundancy().restores(word.length, missing))) {
                return false;
            }
            if (missing != 0 && blank != given) {
                map.redundancy().restore(cells, given, missing, 0, map.cell());
                for (int left = missing; left != 0; left &= left - 1) {
                    int position = Integer.numberOfTrailingZeros(left);
                    // A copy that nobody has is what the others are.
                    boolean counts = map.redundancy().parities() > 0 || holder(position) != null;
                    Integer expected = counts ? expected(version[position]) : null;
                    if (expected != null && expected != sum(position, cells[position])) {
                        return false;
                    }
                }
            }
            for (int position = 0; position < word.length; position++) {
                if (blank == given) {
                    put(position, new CellSource.Unwritten());
                } else if ((missing & 1 << position) != 0) {
                    put(position, new CellSource.Made(cells[position], sum(position, cells[position])));
                } else {
                    put(position, settled(version[position]));
                }
            }
            return true;
        }

        private void cellByCell() {
            int data = word.length - map.redundancy().parities();
            byte[][] cells = new byte[word.length][map.cell()];
            boolean lost = false;
            for (int position = 0; position < data; position++) {
                CellSource found = newestToBeHad(position, cells);
                if (found == null) {
                    lost = true;
                    put(position, new CellSource.Bad());
                } else {
                    put(position, settled(found));
                }
            }
            int given = (int) Addressing.mask(0, data);
            int parities = (int) Addressing.mask(0, word.length) & ~given;
            if (!lost) {
                map.redundancy().restore(cells, given, parities, 0, map.cell());
            }
            for (int position = data; position < word.length; position++) {
                if (lost && sabotage == Sabotage.PARITIES_OF_THE_UNKNOWN) {
                    CellSource found = newestToBeHad(position, cells);
                    put(position, found == null ? new CellSource.Bad() : settled(found));
                } else {
                    put(
                            position,
                            lost
                                    ? new CellSource.Bad()
                                    : new CellSource.Made(cells[position], sum(position, cells[position])));
                }
            }
        }

        /** The newest version of a cell that can be had, with its content; null if there is none. */
        private @Nullable CellSource newestToBeHad(int position, byte[][] cells) {
            CellSource source = known[position];
            for (int steps = 0; ; steps++) {
                byte[] bytes = content(position, source, steps);
                if (bytes != null) {
                    cells[position] = bytes;
                    return source;
                }
                if (!(source instanceof CellSource.Over over) || over.sequence() <= durable) {
                    return null;
                }
                source = over.previous();
            }
        }

        /** What it is now that it was looked at; what was nothing is zeroes if the others of its codeword are something. */
        private CellSource settled(CellSource source) {
            return switch (source) {
                case CellSource.Over over -> new CellSource.Placed(over.checksum(), over.sequence());
                case CellSource.Unwritten unwritten -> new CellSource.Zero();
                default -> source;
            };
        }

        private void put(int position, CellSource source) {
            Member holder = holder(position);
            newest.get(word[position]).put(row, holder == null ? new CellSource.Rest(null, 0) : source);
        }

        /** The member of a cell if it has current data there. */
        private @Nullable Member holder(int position) {
            Member member = members.get(map.role(word[position]));
            boolean holds = member != null
                    && (member.state() == RoleState.IN_SYNC || member.rebuilt.contains(row / map.rows()));
            return holds ? member : null;
        }

        /**
         * A version of a cell; null if it cannot be had.
         *
         * @param steps how many newer ones there are. If more than one, the last but one may have been durable and then torn by the last: then
         *     only what is in place counts, which proves that it was not
         */
        private byte @Nullable [] content(int position, CellSource source, int steps) {
            Member holder = holder(position);
            if (holder == null) {
                return null;
            }
            return switch (source) {
                case CellSource.Over over ->
                    sabotage == Sabotage.NO_LOOK_AT_OVERWRITTEN
                            ? found(position, holder)
                            : inPlace(position, holder, over.checksum());
                case CellSource.Placed placed -> inPlace(position, holder, placed.checksum());
                case CellSource.Stored stored ->
                    steps > 1 ? inPlace(position, holder, stored.checksum()) : read(holder, stored.offset());
                case CellSource.Made made -> steps > 1 ? inPlace(position, holder, made.checksum()) : made.bytes();
                case CellSource.Zero zero ->
                    steps > 1
                            ? inPlace(position, holder, checksum.ofZeroes(holder.role, address(position)))
                            : new byte[map.cell()];
                case CellSource.Unwritten unwritten -> disputed || steps > 1 ? null : new byte[map.cell()];
                case CellSource.Rest rest -> null;
                case CellSource.Bad bad -> null;
            };
        }

        private byte @Nullable [] inPlace(int position, Member holder, int expected) {
            byte[] bytes = found(position, holder);
            return bytes != null && sum(position, bytes) == expected ? bytes : null;
        }

        private byte @Nullable [] found(int position, Member holder) {
            byte[] bytes = inPlace[position];
            if (bytes == null) {
                bytes = read(holder, holder.dataOffset(address(position)));
                inPlace[position] = bytes;
            }
            return bytes;
        }

        /** What cannot be read is as good as bad. */
        private byte @Nullable [] read(Member holder, long offset) {
            byte[] bytes = new byte[map.cell()];
            try {
                BlockIo.read(holder.device, offset, ByteBuffer.wrap(bytes));
                return bytes;
            } catch (DeviceException unreadable) {
                return null;
            }
        }

        private @Nullable Integer expected(CellSource source) {
            return switch (source) {
                case CellSource.Over over -> over.checksum();
                case CellSource.Placed placed -> placed.checksum();
                case CellSource.Stored stored -> stored.checksum();
                case CellSource.Made made -> made.checksum();
                case CellSource.Rest rest -> rest.checksum();
                case CellSource.Zero zero -> null;
                case CellSource.Unwritten unwritten -> null;
                case CellSource.Bad bad -> null;
            };
        }

        private int sum(int position, byte[] bytes) {
            return checksum.of(map.role(word[position]), address(position), bytes, 0);
        }

        private long address(int position) {
            return map.memberCell(row / map.rows(), word[position], (int) (row % map.rows()));
        }
    }
}
