package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Puts in place what the journal holds, when an array is started. Blocking, one thread.
 *
 * <p>Of each cell only the newest version is written. What members lack is made from the others first, and put into their rings as
 * patches; only then, with every batch whole on every member, is anything written in place. So another crash, at any
 * moment and with any members lost that the level can do without, leads to the same result.
 *
 * <p>Here a cell is known by its column and its row counted through all bands, which is the same for all cells of its codeword.
 */
final class JournalReplay {

    private final String array;
    private final UUID uuid;
    private final Addressing map;
    private final BlockChecksum checksum;
    private final List<@Nullable Member> members;
    private final List<@Nullable JournalScan> scans;
    private final Opening opening;
    private final boolean force;
    private final Sabotage sabotage;
    private boolean dry;
    private final List<TreeMap<Long, CellSource>> newest = new ArrayList<>();
    private final Map<BlockDevice, String> failed = new LinkedHashMap<>();

    /**
     * A replay.
     *
     * @param opening a member of it that fails a write is taken out; the stale ones are left alone
     * @param force whether batches that were durable may be given up where they are damaged
     */
    JournalReplay(Opening opening, boolean force, Sabotage sabotage) {
        this.sabotage = sabotage;
        // A band that was moved lies nowhere else.
        this.force = force && opening.best().reshape() == null;
        this.array = "array " + opening.best().name();
        this.uuid = opening.best().array();
        this.map = opening.best().map();
        this.checksum = new BlockChecksum(uuid, map.cell());
        this.opening = opening;
        this.members = opening.current();
        this.scans = opening.scans();
    }

    /** Decides as {@link #run} does, and writes nothing; also sets the bits. */
    JournalChain look(IntentBitmap bitmap) throws DeviceException {
        dry = true;
        return decided(bitmap);
    }

    /**
     * Does it; afterwards everything is durable.
     *
     * @param bitmap takes the bits of what is replayed
     * @return what was decided
     * @throws DeviceException if batches that were durable cannot be replayed
     */
    JournalChain run(IntentBitmap bitmap) throws DeviceException {
        JournalChain chain = decided(bitmap);
        if (chain.last() > 0) {
            new Overwritten(map, checksum, members, newest, chain.over, sabotage).decide();
            makeUpForRebuilds(chain);
            putInPlace();
        }
        return chain;
    }

    private JournalChain decided(IntentBitmap bitmap) throws DeviceException {
        JournalChain chain = decide();
        if (chain.lost() > 0 && !force) {
            throw new DeviceException(
                    Code.MEDIUM_ERROR,
                    array,
                    "journal batch " + (chain.last() + 1)
                            + " is damaged on more members than the level can do without, " + chain.durable
                            + " was durable: the newest writes are lost; restore the array from a copy");
        }
        chain.batches.forEach(batch -> batch.changes().forEach(change -> bitmap.set(Addressing.place(change.band()))));
        return chain;
    }

    /** Collects the newest versions, and gives up batches that need not have been durable where some cannot be had. */
    private JournalChain decide() throws DeviceException {
        long limit = Long.MAX_VALUE;
        while (true) {
            var chain = new JournalChain(map, members, scans, limit);
            collect(chain);
            if (!checkPlaced(chain)) {
                continue;
            }
            if (chain.lacking == 0) {
                return chain;
            }
            try {
                makeUp(chain);
                return chain;
            } catch (NotMade notMade) {
                if (notMade.sequence > chain.durable) {
                    limit = notMade.sequence - 1;
                } else if (notMade.member != null && canDoWithout(notMade.member)) {
                    takeOut(notMade.member, notMade.why);
                } else if (force) {
                    limit = notMade.sequence - 1;
                } else {
                    throw notMade.why;
                }
            }
        }
    }

    private boolean canDoWithout(Member member) {
        int absent = 1 << member.role;
        for (int role = 0; role < members.size(); role++) {
            Member other = members.get(role);
            absent |= other == null || other.state() != RoleState.IN_SYNC ? 1 << role : 0;
        }
        return map.layout().survives(absent);
    }

    /** The members that were taken out, and why. */
    Map<BlockDevice, String> failed() {
        return failed;
    }

    // ---- what the newest versions are

    private void collect(JournalChain chain) {
        newest.clear();
        for (int column = 0; column < map.columns(); column++) {
            newest.add(new TreeMap<>());
        }
        for (JournalPart table : chain.batches) {
            long[] payload = new long[members.size()];
            for (int role = 0; role < payload.length; role++) {
                JournalScan.Found found = chain.part(role, table.sequence());
                payload[role] = found == null ? -1 : found.payloadOffset();
            }
            for (JournalPart.Change change : table.changes()) {
                change.columns().forEach(column -> collect(table.sequence(), change.band(), column, payload));
            }
        }
        for (int role = 0; role < members.size(); role++) {
            JournalScan.Found patch = chain.patch(role);
            if (patch != null) {
                long[] payload = new long[members.size()];
                payload[role] = patch.payloadOffset();
                for (JournalPart.Change change : patch.part().changes()) {
                    change.columns().forEach(each -> collect(patch.part().sequence(), change.band(), each, payload));
                }
            }
        }
    }

    private void collect(long sequence, long band, JournalPart.ColumnChange change, long[] payload) {
        int role = map.role(change.column());
        TreeMap<Long, CellSource> cells = newest.get(change.column());
        int k = 0;
        for (long left = change.stored(); left != 0; left &= left - 1) {
            long row = band * map.rows() + Long.numberOfTrailingZeros(left);
            int expected = change.checksums()[k++];
            if (payload[role] >= 0) {
                cells.put(row, new CellSource.Stored(payload[role], expected));
                payload[role] += map.cell();
            } else {
                cells.put(row, new CellSource.Rest(expected, sequence));
            }
        }
        for (long left = change.placed(); left != 0; left &= left - 1) {
            long row = band * map.rows() + Long.numberOfTrailingZeros(left);
            cells.put(row, new CellSource.Placed(change.checksums()[k++], sequence));
        }
        int over = Long.bitCount(change.over());
        for (long left = change.over(); left != 0; left &= left - 1, k++) {
            long row = band * map.rows() + Long.numberOfTrailingZeros(left);
            int comes = change.checksums()[k];
            int was = change.checksums()[k + over];
            // A patch says it once more.
            boolean known = cells.get(row) instanceof CellSource.Over newer && newer.checksum() == comes;
            cells.compute(row, (at, older) -> known ? older : CellSource.Over.of(comes, was, sequence, older));
        }
        put(band, change.zero(), cells, new CellSource.Zero());
        put(band, change.unwritten(), cells, new CellSource.Unwritten());
        put(band, change.implied(), cells, new CellSource.Rest(null, sequence));
    }

    private void put(long band, long rows, Map<Long, CellSource> cells, CellSource source) {
        for (long left = rows; left != 0; left &= left - 1) {
            cells.put(band * map.rows() + Long.numberOfTrailingZeros(left), source);
        }
    }

    /**
     * Looks whether what was put in place before it was recorded is there. Where it is not, the member lacks a part of that batch. What a
     * later batch replaces is not looked at: it was there if that batch was ever put in place, else it does not matter.
     *
     * @return false if a member had to be taken out, so that all is to be decided anew
     */
    private boolean checkPlaced(JournalChain chain) {
        if (sabotage == Sabotage.NO_CHECK_OF_PLACED) {
            return true;
        }
        byte[] bytes = new byte[map.cell()];
        Set<Member> flushed = new HashSet<>();
        for (int column = 0; column < map.columns(); column++) {
            Member holder = holder(column);
            for (Map.Entry<Long, CellSource> entry : newest.get(column).entrySet()) {
                boolean looks =
                        entry.getValue() instanceof CellSource.Placed || entry.getValue() instanceof CellSource.Over;
                // What is found must not be lost after others were made to agree with it.
                if (looks && holder != null && flushed.add(holder) && !isFlushed(holder)) {
                    return false;
                }
                if (!(entry.getValue() instanceof CellSource.Placed placed)) {
                    continue;
                }
                if (holder != null && isInPlace(holder, address(column, entry.getKey()), placed.checksum(), bytes)) {
                    continue;
                }
                entry.setValue(new CellSource.Rest(placed.checksum(), placed.sequence()));
                if (holder != null && holder.state() == RoleState.IN_SYNC) {
                    chain.lacksPlaced(holder.role, placed.sequence());
                }
            }
        }
        return true;
    }

    private boolean isFlushed(Member member) {
        try {
            BlockIo.flush(member.device);
            return true;
        } catch (DeviceException failure) {
            takeOut(member, failure);
            return false;
        }
    }

    private void takeOut(Member member, DeviceException failure) {
        members.set(member.role, null);
        opening.members().set(member.role, null);
        failed.put(member.device, "failed during the replay: " + failure.getMessage());
    }

    /** Reads a cell and compares its checksum. One that cannot be read is as good as a bad one: the others may be enough. */
    private boolean isInPlace(Member holder, long address, int expected, byte[] bytes) {
        try {
            BlockIo.read(holder.device, holder.dataOffset(address), ByteBuffer.wrap(bytes));
        } catch (DeviceException unreadable) {
            return false;
        }
        return checksum.of(holder.role, address, bytes, 0) == expected;
    }

    private long address(int column, long row) {
        return map.memberCell(row / map.rows(), column, (int) (row % map.rows()));
    }

    private @Nullable Member holder(int column) {
        return members.get(map.role(column));
    }

    // ---- what members lack

    private void makeUp(JournalChain chain) throws NotMade {
        List<SortedMap<Long, CellSource>> made = new ArrayList<>();
        for (int column = 0; column < map.columns(); column++) {
            made.add(new TreeMap<>());
        }
        for (int column = 0; column < map.columns(); column++) {
            if ((chain.lacking & 1 << map.role(column)) == 0) {
                continue;
            }
            for (Map.Entry<Long, CellSource> entry : newest.get(column).entrySet()) {
                if (entry.getValue() instanceof CellSource.Rest rest) {
                    made.get(column).put(entry.getKey(), make(chain, column, entry.getKey(), rest));
                } else if (!(entry.getValue() instanceof CellSource.Stored)) {
                    // Zeroes are in the tables of other members only, which may be gone at the next start.
                    made.get(column).put(entry.getKey(), entry.getValue());
                }
            }
        }
        for (int column = 0; column < map.columns(); column++) {
            newest.get(column).putAll(made.get(column));
        }
        // Also where nothing had to be made: what says that the batch counts is the patch.
        for (int role = 0; role < members.size(); role++) {
            if ((chain.lacking & 1 << role) != 0) {
                writePatch(role, chain, made);
            }
        }
    }

    /**
     * Makes what members that are being rebuilt lack below their mark, so that the rebuild goes on there. Without patches: nobody needs
     * them, and as long as the batches are in the rings of the others, another start makes the same. One of which something cannot be made
     * is rebuilt from the start.
     */
    private void makeUpForRebuilds(JournalChain chain) {
        chain.rebuildAgain = 0;
        for (int column = 0; column < map.columns(); column++) {
            Member member = holder(column);
            if (member == null || member.state() == RoleState.IN_SYNC) {
                continue;
            }
            for (Map.Entry<Long, CellSource> entry : newest.get(column).entrySet()) {
                if (entry.getValue() instanceof CellSource.Rest rest && holds(member, entry.getKey())) {
                    try {
                        entry.setValue(make(column, entry.getKey(), rest));
                    } catch (DeviceException unable) {
                        chain.rebuildAgain |= 1 << member.role;
                    }
                }
            }
        }
    }

    private CellSource make(JournalChain chain, int column, long row, CellSource.Rest rest) throws NotMade {
        try {
            return make(column, row, rest);
        } catch (DeviceException unable) {
            // The newest version in its codeword that cannot be had is the one that need not count.
            long newestLacking = 0;
            for (int each : word(column, row)) {
                if (newest.get(each).get(row) instanceof CellSource.Rest lacking) {
                    newestLacking = Math.max(newestLacking, lacking.sequence());
                }
            }
            throw new NotMade(Math.max(newestLacking, chain.firstLacking()), null, unable);
        }
    }

    /** Makes a cell from the newest versions of the rest of its codeword, as many good ones of which as that needs. */
    private CellSource make(int column, long row, CellSource.Rest rest) throws DeviceException {
        int[] word = word(column, row);
        byte[][] cells = new byte[word.length][];
        int given = 0;
        int blank = 0;
        int missing = 0;
        for (int position = 0; position < word.length; position++) {
            byte[] bytes = word[position] == column ? null : content(word[position], row);
            cells[position] = bytes == null ? new byte[map.cell()] : bytes;
            given |= bytes == null ? 0 : 1 << position;
            missing |= bytes == null ? 1 << position : 0;
            blank |= bytes != null && isBlank(word[position], row) ? 1 << position : 0;
        }
        if (!map.redundancy().restores(word.length, missing)) {
            throw unrestorable(column, row, "too many others of its codeword are missing or bad");
        }
        if (blank == given) {
            return new CellSource.Unwritten();
        }
        map.redundancy().restore(cells, given, missing, 0, map.cell());
        byte[] bytes = cells[position(word, column)];
        int found = checksum.of(map.role(column), address(column, row), bytes, 0);
        if (rest.checksum() != null && rest.checksum() != found) {
            throw unrestorable(column, row, "the other members give something else");
        }
        return new CellSource.Made(bytes, found);
    }

    private int[] word(int column, long row) {
        for (int[] word : map.words(row / map.rows())) {
            if (position(word, column) >= 0) {
                return word;
            }
        }
        throw new IllegalStateException("column " + column + " is in no codeword");
    }

    private static int position(int[] word, int column) {
        for (int position = 0; position < word.length; position++) {
            if (word[position] == column) {
                return position;
            }
        }
        return -1;
    }

    private boolean isBlank(int column, long row) {
        CellSource source = newest.get(column).get(row);
        Member holder = holder(column);
        return source == null
                ? holder != null && holder.checksums.get(address(column, row)) == BlockChecksum.UNWRITTEN
                : source instanceof CellSource.Unwritten;
    }

    /** The newest version of a cell; null if it cannot be had. */
    private byte @Nullable [] content(int column, long row) throws DeviceException {
        Member holder = holder(column);
        if (holder == null || !holds(holder, row)) {
            return null;
        }
        byte[] bytes = new byte[map.cell()];
        return switch (newest.get(column).get(row)) {
            case CellSource.Stored stored -> {
                BlockIo.read(holder.device, stored.offset(), ByteBuffer.wrap(bytes));
                yield bytes;
            }
            case CellSource.Made made -> made.bytes();
            case CellSource.Zero zero -> bytes;
            case CellSource.Unwritten unwritten -> bytes;
            case CellSource.Rest rest -> null;
            case CellSource.Bad bad -> null;
            case CellSource.Over over -> isInPlace(holder, address(column, row), over.checksum(), bytes) ? bytes : null;
            case CellSource.Placed placed ->
                isInPlace(holder, address(column, row), placed.checksum(), bytes) ? bytes : null;
            case null -> {
                int expected = holder.checksums.get(address(column, row));
                boolean blank = expected == BlockChecksum.UNWRITTEN;
                yield blank || isInPlace(holder, address(column, row), expected, bytes) ? bytes : null;
            }
        };
    }

    /** Whether a member has current data in a row, which one that is being rebuilt has only so far. */
    private boolean holds(Member member, long row) {
        return member.state() == RoleState.IN_SYNC || member.rebuilt.contains(row / map.rows());
    }

    private void writePatch(int role, JournalChain chain, List<SortedMap<Long, CellSource>> made) throws NotMade {
        Member member = members.get(role);
        JournalScan scan = scans.get(role);
        if (member == null || scan == null) {
            throw new NotMade(
                    chain.firstLacking(), member, unrestorable(role, 0, "its member has no journal of this start"));
        }
        ByteBuffer part = new JournalPatch(map, members.size(), role, made)
                .encode(uuid, scan.head.generation(), chain.last(), chain.lacking);
        long at = scan.placeForPatch(part.limit(), member.regions().journalLength());
        if (at < 0) {
            throw new NotMade(chain.firstLacking(), member, unrestorable(role, 0, "its ring has no room for a patch"));
        }
        if (dry) {
            return;
        }
        try {
            BlockIo.write(member.device, member.regions().journalOffset() + at, part, WriteMode.FUA);
        } catch (DeviceException failure) {
            throw new NotMade(chain.firstLacking(), member, failure);
        }
    }

    private DeviceException unrestorable(int column, long row, String why) {
        Member member = holder(column);
        return new DeviceException(
                Code.MEDIUM_ERROR,
                array,
                "a part of the journal is damaged and row " + row + " of "
                        + (member == null ? "role " + map.role(column) : member.device.name())
                        + " cannot be made up for: " + why);
    }

    // ---- in place

    private void putInPlace() {
        CellPlacer placer = new CellPlacer(map, checksum);
        for (int role = 0; role < members.size(); role++) {
            Member member = members.get(role);
            if (member == null) {
                continue;
            }
            try {
                for (int column = role; column < map.columns(); column += members.size()) {
                    for (Map.Entry<Long, CellSource> entry : newest.get(column).entrySet()) {
                        placer.put(member, address(column, entry.getKey()), entry.getValue());
                    }
                }
                CellPlacer.flush(member);
            } catch (DeviceException failure) {
                // The others hold everything without it. Who is left is counted by the caller.
                takeOut(member, failure);
            }
        }
    }
}
