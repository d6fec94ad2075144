package dev.quoin.blockstore.catalogue;

import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * A piece of a volume's map: which pool extent holds each of {@link PoolRecord#chunkExtents()} consecutive volume extents. A
 * chunk that maps nothing does not exist. It names its volume and place, so that a value under a wrong key is found.
 *
 * <pre>
 * byte  length  field of the body
 *   0     16    volume id
 *  16      4    chunk index: its first entry is volume extent index * chunkExtents
 *  20      4    number of entries n; those that would follow are unmapped
 *  24    4 * n  entries: 0 unmapped, otherwise the pool extent plus one; the last one is mapped
 * </pre>
 *
 * @param entries one for each volume extent, in the form of the bytes; the array is not copied: leave it alone
 */
public record MapChunk(UUID volume, int index, int[] entries) {

    /** An entry of a volume extent that no pool extent holds. */
    public static final int UNMAPPED = 0;

    public MapChunk {
        if (index < 0 || entries.length > PoolRecord.CHUNK_EXTENTS_MAX) {
            throw new IllegalArgumentException("chunk " + index + " with " + entries.length + " entries found, at most "
                    + PoolRecord.CHUNK_EXTENTS_MAX + " expected");
        }
        for (int entry : entries) {
            if (entry < 0) {
                throw new IllegalArgumentException("entry " + entry + " found, 0 or more expected");
            }
        }
    }

    /** The longest encoding of a chunk of {@code entries} entries, in bytes. */
    public static int lengthOf(int entries) {
        return Envelope.OVERHEAD + 24 + 4 * entries;
    }

    /** Whether it maps nothing. */
    public boolean isEmpty() {
        return usedLength() == 0;
    }

    /** Its bytes. */
    public byte[] encode() {
        int used = usedLength();
        ByteBuffer body = Envelope.body(24 + 4 * used);
        body.putLong(volume.getMostSignificantBits()).putLong(volume.getLeastSignificantBits());
        body.putInt(index).putInt(used);
        for (int i = 0; i < used; i++) {
            body.putInt(entries[i]);
        }
        return Envelope.seal(Envelope.MAGIC_MAP, body);
    }

    /** The chunk in {@code bytes}, with as many entries as were written. */
    public static Decoded<MapChunk> decode(byte[] bytes) {
        return Envelope.open(Envelope.MAGIC_MAP, bytes, body -> {
            UUID volume = new UUID(body.getLong(), body.getLong());
            int index = body.getInt();
            int used = body.getInt();
            if (used < 0 || used > body.remaining() / 4) {
                throw new IllegalArgumentException(
                        used + " entries found, " + body.remaining() / 4 + " expected by the length");
            }
            int[] entries = new int[used];
            for (int i = 0; i < used; i++) {
                entries[i] = body.getInt();
            }
            return new MapChunk(volume, index, entries);
        });
    }

    private int usedLength() {
        int used = entries.length;
        while (used > 0 && entries[used - 1] == UNMAPPED) {
            used--;
        }
        return used;
    }
}
