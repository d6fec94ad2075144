package dev.quoin.raid;

import static dev.quoin.raid.Addressing.BLOCK;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What one batch puts into the journal ring of one member: a header with the table of the whole batch, and the new blocks that belong
 * on this member. Little-endian; header and part are multiples of 4,096 bytes:
 *
 * <pre>
 * offset | size | field
 *      0 |    4 | magic 0x33504a51 ("QJP3")
 *      4 |    4 | CRC32C of the header with this field zero
 *      8 |    4 | header length
 *     12 |    4 | part length
 *     16 |   16 | array UUID
 *     32 |    8 | generation, as in {@link JournalHead}
 *     40 |    8 | sequence of the batch, from 1 without gaps
 *     48 |    8 | all batches up to this sequence were durable when this one was written
 *     56 |    8 | the array's events that were durable then
 *     64 |    4 | role of this member
 *     68 |    4 | the roles that have a part of this batch, as bits; none in a patch, see {@link JournalChain}
 *     72 |    4 | the roles that were absent for some band of the batch, as bits; in a patch those that get one
 *     76 |    4 | number of records
 *     80 |    8 | what the batches up to this sequence had put over something was in place, durably
 *     88 |      | records: band (8), number of columns (4), zero (4), then for each column that changes:
 *        |      |   column (4), zero (4), and six masks of rows (8 each): stored, zero, unwritten, implied, placed,
 *        |      |   over; then the checksum (4) of each stored row, of each placed one, of each one over something,
 *        |      |   and of what each of these was put over
 * behind |      | the stored cells of this role: records in order, columns and in them rows ascending; padded with zeroes
 * </pre>
 *
 * <p>While the layout is being changed, bands of the new one are counted from {@link Addressing#MOVED}.
 *
 * <p>A column is a role but where copies lie in several rows, see {@link Layout}. A stored cell proves itself by its checksum in the
 * table. Since every part has the whole table, the cells of a part that is missing are made of the others' and of the cells of the
 * row that did not change, as far as the level can do without members. A placed cell was written to its place, where nothing was,
 * before the part: it proves itself there, and if it fails the batch is one of which a part is missing. A cell over something is put in
 * its place after the part is durable: there lies what comes or what was, or what neither checksum fits.
 */
record JournalPart(
        long generation,
        long sequence,
        long synced,
        long over,
        long events,
        int role,
        int participants,
        int absent,
        int headerLength,
        int partLength,
        List<Change> changes) {

    static final int FIXED = 88;
    private static final int MAGIC = 0x33504a51;
    private static final int CRC_AT = 4;
    private static final int HEADER_MAX = 16 * 1024 * 1024;
    private static final int COLUMN_SIZE = 56;
    private static final int RECORD_SIZE = 16;

    /**
     * The rows of one column that a record changes, as masks, and the checksums of the stored ones, of those in place, of those over
     * something, and of what these are over.
     */
    record ColumnChange(
            int column, long stored, long zero, long unwritten, long implied, long placed, long over, int[] checksums) {

        /** Whether the part of its member has something that no other part has. */
        boolean needsPart() {
            return (stored | zero | unwritten | placed) != 0;
        }
    }

    /** What a record changes in a band. */
    record Change(long band, List<ColumnChange> columns) {}

    JournalPart {
        changes = List.copyOf(changes);
    }

    /** A length in bytes, rounded up to whole blocks. */
    static int wholeBlocks(int length) {
        return (length + BLOCK - 1) / BLOCK * BLOCK;
    }

    /** The length of the header of a batch, rounded up to whole blocks. */
    static int headerLength(List<BandRecord> records) {
        int length = FIXED;
        for (BandRecord record : records) {
            length += tableSize(record);
        }
        return wholeBlocks(length);
    }

    static int tableSize(BandRecord record) {
        int size = RECORD_SIZE;
        for (int column = 0; column < record.blocks.length; column++) {
            if (record.touches(column) || record.implied[column] != 0) {
                size += COLUMN_SIZE
                        + 4 * Long.bitCount(record.rows(column, Pending.Kind.DATA))
                        + 4 * Long.bitCount(record.rows(column, Pending.Kind.PLACED))
                        + 8 * Long.bitCount(record.rows(column, Pending.Kind.OVER));
            }
        }
        return size;
    }

    /** Encodes the header of a batch for all roles; {@link #address} makes it the header of one role's part. */
    static ByteBuffer encode(UUID array, long generation, Batch batch) {
        ByteBuffer b = ByteBuffer.allocate(batch.headerLength).order(ByteOrder.LITTLE_ENDIAN);
        b.putInt(0, MAGIC).putInt(8, batch.headerLength);
        b.putLong(16, array.getMostSignificantBits()).putLong(24, array.getLeastSignificantBits());
        b.putLong(32, generation).putLong(40, batch.sequence);
        b.putLong(48, batch.syncedBefore).putLong(56, batch.events);
        b.putInt(68, batch.participants).putInt(72, batch.absent).putInt(76, batch.records.size());
        b.putLong(80, batch.overBefore);
        b.position(FIXED);
        for (BandRecord record : batch.records) {
            encode(b, record);
        }
        return b;
    }

    /**
     * Encodes the header of a patch: a part of one member alone, with what it lacked in the batches up to {@code sequence}. It is known
     * by having no participants.
     *
     * @param patched the roles that get a patch together, as bits
     */
    static ByteBuffer encodePatch(UUID array, long generation, long sequence, int patched, List<Change> changes) {
        int length = FIXED;
        for (Change change : changes) {
            length += RECORD_SIZE;
            for (ColumnChange column : change.columns()) {
                length += COLUMN_SIZE + 4 * column.checksums().length;
            }
        }
        length = wholeBlocks(length);
        ByteBuffer b = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
        b.putInt(0, MAGIC).putInt(8, length);
        b.putLong(16, array.getMostSignificantBits()).putLong(24, array.getLeastSignificantBits());
        b.putLong(32, generation).putLong(40, sequence).putInt(72, patched).putInt(76, changes.size());
        b.position(FIXED);
        for (Change change : changes) {
            b.putLong(change.band()).putLong(change.columns().size());
            for (ColumnChange column : change.columns()) {
                b.putLong(column.column()).putLong(column.stored()).putLong(column.zero());
                b.putLong(column.unwritten()).putLong(column.implied());
                b.putLong(column.placed()).putLong(column.over());
                for (int checksum : column.checksums()) {
                    b.putInt(checksum);
                }
            }
        }
        return b.position(0);
    }

    /** Whether this is a patch. */
    boolean isPatch() {
        return participants == 0;
    }

    private static void encode(ByteBuffer b, BandRecord record) {
        int start = b.position();
        int count = 0;
        b.putLong(record.band).putLong(0);
        for (int column = 0; column < record.blocks.length; column++) {
            if (!record.touches(column) && record.implied[column] == 0) {
                continue;
            }
            count++;
            b.putLong(column);
            long stored = record.rows(column, Pending.Kind.DATA);
            b.putLong(stored);
            b.putLong(record.rows(column, Pending.Kind.ZERO) | record.rows(column, Pending.Kind.ZERO_IN_PLACE));
            b.putLong(record.rows(column, Pending.Kind.UNWRITTEN));
            b.putLong(record.implied[column]);
            long placed = record.rows(column, Pending.Kind.PLACED);
            long over = record.rows(column, Pending.Kind.OVER);
            b.putLong(placed).putLong(over);
            putChecksums(b, record, column, stored, cell -> cell.checksum);
            putChecksums(b, record, column, placed, cell -> cell.checksum);
            putChecksums(b, record, column, over, cell -> cell.checksum);
            putChecksums(b, record, column, over, cell -> cell.before);
        }
        b.putInt(start + 8, count);
    }

    private static void putChecksums(
            ByteBuffer b, BandRecord record, int column, long rows, ToIntFunction<Pending> checksum) {
        for (long left = rows; left != 0; left &= left - 1) {
            b.putInt(checksum.applyAsInt(Objects.requireNonNull(record.get(column, Long.numberOfTrailingZeros(left)))));
        }
    }

    /** Makes an encoded header that of one role's part. */
    static void address(ByteBuffer header, int role, int partLength) {
        header.putInt(12, partLength).putInt(64, role);
        Crc.seal(header, header.getInt(8), CRC_AT);
    }

    /** The header length that the bytes at the position claim, or -1 if no part of this array and generation begins there. */
    static int claimedHeaderLength(ByteBuffer bytes, UUID array, long generation) {
        ByteBuffer b = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
        if (b.getInt(0) != MAGIC
                || !new UUID(b.getLong(16), b.getLong(24)).equals(array)
                || b.getLong(32) != generation) {
            return -1;
        }
        int length = b.getInt(8);
        return length >= BLOCK && length <= HEADER_MAX && length % BLOCK == 0 ? length : -1;
    }

    /** Decodes a whole header; null if it is damaged. */
    static @Nullable JournalPart decode(ByteBuffer bytes, int columns, int rows) {
        ByteBuffer b = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
        int headerLength = b.getInt(8);
        int partLength = b.getInt(12);
        if (!Crc.holds(b, headerLength, CRC_AT) || partLength < headerLength || partLength % BLOCK != 0) {
            return null;
        }
        List<Change> changes = new ArrayList<>();
        b.position(FIXED).limit(headerLength);
        try {
            for (int i = b.getInt(76); i > 0; i--) {
                changes.add(decodeChange(b, columns, rows));
            }
        } catch (BufferUnderflowException | IllegalArgumentException malformed) {
            return null;
        }
        return new JournalPart(
                b.getLong(32),
                b.getLong(40),
                b.getLong(48),
                b.getLong(80),
                b.getLong(56),
                b.getInt(64),
                b.getInt(68),
                b.getInt(72),
                headerLength,
                partLength,
                changes);
    }

    private static Change decodeChange(ByteBuffer b, int columns, int rows) {
        long band = b.getLong();
        long count = b.getLong();
        if (band < 0 || count < 0 || count > columns) {
            throw new IllegalArgumentException("band " + band + " with " + count + " columns");
        }
        List<ColumnChange> changes = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            long column = b.getLong();
            long stored = b.getLong();
            long zero = b.getLong();
            long unwritten = b.getLong();
            long implied = b.getLong();
            long placed = b.getLong();
            long over = b.getLong();
            long beyond = ~Addressing.mask(0, rows);
            if (column < 0
                    || column >= columns
                    || ((stored | zero | unwritten | implied | placed | over) & beyond) != 0
                    || (stored & placed) != 0) {
                throw new IllegalArgumentException("column " + column);
            }
            int[] checksums = new int[Long.bitCount(stored) + Long.bitCount(placed) + 2 * Long.bitCount(over)];
            for (int k = 0; k < checksums.length; k++) {
                checksums[k] = b.getInt();
            }
            changes.add(new ColumnChange((int) column, stored, zero, unwritten, implied, placed, over, checksums));
        }
        return new Change(band, List.copyOf(changes));
    }

    /** How many stored cells the part of this role has. */
    int storedCells(Addressing map) {
        int count = 0;
        for (Change change : changes) {
            for (ColumnChange column : change.columns()) {
                if (map.role(column.column()) == role) {
                    count += Long.bitCount(column.stored());
                }
            }
        }
        return count;
    }
}
