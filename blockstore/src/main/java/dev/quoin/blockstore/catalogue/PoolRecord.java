package dev.quoin.blockstore.catalogue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * A pool: which arrays it consists of and how they are cut. Written when it is created, then constant but for the extent count of
 * the last part, which may rise.
 *
 * <p>Pool extents are numbered from 0 through the parts in order: extent e of a part whose predecessors hold b extents is pool
 * extent b + e and lies at {@code dataStart + e * extentSize} of its array.
 *
 * <pre>
 * byte  length  field of the body
 *   0     16    pool id
 *  16      1    state: 1 creating, 2 active
 *  17      4    block size, bytes
 *  21      8    extent size, bytes
 *  29      4    extents mapped by one map chunk
 *  33    1+n    name: length, UTF-8
 *         2     number of parts
 *   for each part:
 *       1+n     array name: length, UTF-8
 *         8     data start, bytes
 *         4     extent count
 * </pre>
 *
 * @param blockSize the largest block size of the arrays, in bytes
 * @param extentSize in bytes, a multiple of {@code blockSize}
 * @param chunkExtents how many extents one map chunk maps
 */
public record PoolRecord(
        UUID id, String name, State state, int blockSize, long extentSize, int chunkExtents, List<Part> parts) {

    /** The smallest extent, in bytes. */
    public static final long EXTENT_SIZE_MIN = 64 << 10;

    /** The largest extent, in bytes. */
    public static final long EXTENT_SIZE_MAX = 1 << 30;

    /** The most arrays of a pool. */
    public static final int PARTS_MAX = 64;

    /** The most extents of a pool, so that a map entry fits in 32 bits. */
    public static final int EXTENTS_MAX = Integer.MAX_VALUE - 1;

    /** The most extents of a map chunk, so that a chunk fits in a registry value with room to spare. */
    public static final int CHUNK_EXTENTS_MAX = 8_192;

    /** How far its creation has come. */
    public enum State {
        /** The labels may not be on all arrays yet. */
        CREATING,
        /** Ready. */
        ACTIVE
    }

    /**
     * An array's share of the pool.
     *
     * @param array the array's name
     * @param dataStart where its first extent begins, in bytes; the pool's label lies before it
     * @param extentCount how many extents it holds
     */
    public record Part(String array, long dataStart, int extentCount) {
        public Part {
            if (array.isEmpty() || array.length() > Names.LENGTH_MAX) {
                throw new IllegalArgumentException("array name '" + array + "' found, 1 to 64 characters expected");
            }
            if (dataStart < PoolLabel.AREA_LENGTH || extentCount <= 0) {
                throw new IllegalArgumentException("array " + array + " with data start " + dataStart + " and "
                        + extentCount + " extents found, at least " + PoolLabel.AREA_LENGTH + " and 1 expected");
            }
        }
    }

    public PoolRecord {
        Names.check("pool", name);
        parts = List.copyOf(parts);
        if (Integer.bitCount(blockSize) != 1 || blockSize < 512 || blockSize > 65_536) {
            throw new IllegalArgumentException("block size " + blockSize + " found, a power of two expected");
        }
        if (extentSize < EXTENT_SIZE_MIN || extentSize > EXTENT_SIZE_MAX || extentSize % blockSize != 0) {
            throw new IllegalArgumentException("extent size " + extentSize + " found, a multiple of " + blockSize
                    + " from " + EXTENT_SIZE_MIN + " to " + EXTENT_SIZE_MAX + " expected");
        }
        if (chunkExtents <= 0 || chunkExtents > CHUNK_EXTENTS_MAX) {
            throw new IllegalArgumentException(
                    chunkExtents + " extents a chunk found, 1 to " + CHUNK_EXTENTS_MAX + " expected");
        }
        if (parts.isEmpty() || parts.size() > PARTS_MAX) {
            throw new IllegalArgumentException(parts.size() + " arrays found, 1 to " + PARTS_MAX + " expected");
        }
        if (parts.stream().mapToLong(Part::extentCount).sum() > EXTENTS_MAX) {
            throw new IllegalArgumentException("more than " + EXTENTS_MAX + " extents found: use larger extents");
        }
    }

    /** How many extents the pool has. */
    public int extentCount() {
        return parts.stream().mapToInt(Part::extentCount).sum();
    }

    /** The same pool, ready. */
    public PoolRecord activated() {
        return new PoolRecord(id, name, State.ACTIVE, blockSize, extentSize, chunkExtents, parts);
    }

    /** The same pool with so many extents in its last part: the numbers of all others stay. */
    public PoolRecord withLastPart(int extents) {
        List<Part> larger = new ArrayList<>(parts);
        Part last = larger.removeLast();
        larger.add(new Part(last.array(), last.dataStart(), extents));
        return new PoolRecord(id, name, state, blockSize, extentSize, chunkExtents, larger);
    }

    /** Its bytes. */
    public byte[] encode() {
        ByteBuffer body = Envelope.body(256 + parts.size() * (4 * Names.LENGTH_MAX + 16));
        body.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
        body.put((byte) (state.ordinal() + 1))
                .putInt(blockSize)
                .putLong(extentSize)
                .putInt(chunkExtents);
        Envelope.putName(body, name);
        body.putShort((short) parts.size());
        for (Part part : parts) {
            Envelope.putName(body, part.array());
            body.putLong(part.dataStart()).putInt(part.extentCount());
        }
        return Envelope.seal(Envelope.MAGIC_POOL, body);
    }

    /** The pool in {@code bytes}. */
    public static Decoded<PoolRecord> decode(byte[] bytes) {
        return Envelope.open(Envelope.MAGIC_POOL, bytes, body -> {
            UUID id = new UUID(body.getLong(), body.getLong());
            State state = VolumeRecord.constant(State.values(), body.get());
            int blockSize = body.getInt();
            long extentSize = body.getLong();
            int chunkExtents = body.getInt();
            String name = Envelope.getName(body);
            Part[] parts = new Part[Math.min(Short.toUnsignedInt(body.getShort()), PARTS_MAX + 1)];
            for (int i = 0; i < parts.length; i++) {
                parts[i] = new Part(Envelope.getName(body), body.getLong(), body.getInt());
            }
            return new PoolRecord(id, name, state, blockSize, extentSize, chunkExtents, List.of(parts));
        });
    }
}
