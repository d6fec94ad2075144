package dev.quoin.raid;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The newest content of a cell, from when its record entered the journal until it is in place.
 *
 * <p>Immutable but for the link to what replaced it, which is set under the lock of the band's shard.
 */
final class Pending {

    /** What kind of content. */
    enum Kind {
        /** Bytes. */
        DATA,
        /** Bytes of which the journal has the checksum only: whoever wrote them is told when they are in place. */
        OVER,
        /** Bytes that were put where nothing was, before the record was made; they are read from there. */
        PLACED,
        /** Zeroes that must be written. */
        ZERO,
        /** Zeroes that the member already holds: the first write to the block's row made it a written one. */
        ZERO_IN_PLACE,
        /** Zeroes because the row has become one that holds nothing. */
        UNWRITTEN
    }

    final BandRecord record;
    final Kind kind;
    final int checksum;
    /** Of kind {@link Kind#OVER} the checksum of what it replaces. */
    final int before;

    private final byte @Nullable [] data;
    private final int at;
    private volatile @Nullable Pending replacement;

    private Pending(BandRecord record, Kind kind, int checksum, int before, byte @Nullable [] data, int at) {
        this.record = record;
        this.kind = kind;
        this.checksum = checksum;
        this.before = before;
        this.data = data;
        this.at = at;
    }

    static Pending data(BandRecord record, int checksum, byte[] data, int at) {
        return new Pending(record, Kind.DATA, checksum, 0, data, at);
    }

    static Pending placed(BandRecord record, int checksum) {
        return new Pending(record, Kind.PLACED, checksum, 0, null, 0);
    }

    static Pending zeroes(BandRecord record, Kind kind, int checksum) {
        return new Pending(record, kind, checksum, 0, null, 0);
    }

    /** The same without a copy in the journal, in the place of something with the checksum {@code replaced}. */
    Pending over(int replaced) {
        return new Pending(record, Kind.OVER, checksum, replaced, bytes(), at);
    }

    /** Copies the cell, of {@code length} bytes, unless it {@link #isPlaced}. */
    void copyTo(byte[] target, int targetAt, int length) {
        if (isPlaced()) {
            throw new IllegalStateException("what is in place has to be read");
        }
        if (data != null) {
            System.arraycopy(data, at, target, targetAt, length);
        } else {
            Arrays.fill(target, targetAt, targetAt + length, (byte) 0);
        }
    }

    /** The array that holds the cell, for the kinds {@link Kind#DATA} and {@link Kind#OVER}. */
    byte[] bytes() {
        if (data == null) {
            throw new IllegalStateException(kind + " has no bytes");
        }
        return data;
    }

    /** Where in that array it begins. */
    int at() {
        return at;
    }

    /** Whether the content is on the member, and only there. */
    boolean isPlaced() {
        return kind == Kind.PLACED;
    }

    boolean isUnwritten() {
        return kind == Kind.UNWRITTEN;
    }

    void replaceWith(Pending newer) {
        replacement = newer;
    }

    /** Whether a batch up to {@code sequence} holds a newer version. */
    boolean replacedUpTo(long sequence) {
        Pending newer = replacement;
        return newer != null && newer.record.sequence() <= sequence;
    }
}
