package dev.quoin.clusterfs.disk;

import dev.quoin.clusterfs.disk.Decoded.Reason;

/**
 * A run of a file's blocks that lie together on the device: a leaf record of an extent tree, keyed by {@code logical}.
 *
 * <pre>
 * byte  size  field
 *    0     8  first block on the device
 *    8     4  blocks in the run, at least 1
 *   12     4  flags: none defined, zero
 * </pre>
 *
 * What no extent covers reads as zeroes.
 *
 * @param logical first block in the file
 * @param physical first block on the device
 * @param length blocks in the run
 */
public record Extent(long logical, long physical, int length) {

    /** The size of the record's value, in bytes. */
    public static final int SIZE = 16;

    /** The most blocks in one extent. */
    public static final int LENGTH_MAX = 1 << 24;

    /** The first block in the file behind the run. */
    public long end() {
        return logical + length;
    }

    /** The record's value. */
    public byte[] encode() {
        byte[] out = new byte[SIZE];
        Le.putI64(out, 0, physical);
        Le.putI32(out, 8, length);
        return out;
    }

    /** Reads a record; the whole run must lie in allocatable blocks. */
    public static Decoded<Extent> decode(long key, byte[] value, FsLayout layout) {
        if (value.length != SIZE) {
            return Decoded.corrupt(Reason.BAD_FIELD, "extent record", value.length + " bytes", SIZE);
        }
        Extent extent = new Extent(key, Le.i64(value, 0), Le.i32(value, 8));
        if (extent.length < 1 || extent.length > LENGTH_MAX || key < 0 || key > Long.MAX_VALUE / 4096 - LENGTH_MAX) {
            return Decoded.corrupt(Reason.BAD_FIELD, "extent", extent, "a length from 1 to " + LENGTH_MAX);
        }
        long last = extent.physical + extent.length - 1;
        if (!layout.isAllocatable(extent.physical)
                || !layout.isAllocatable(last)
                || layout.groupOf(extent.physical) != layout.groupOf(last)) {
            return Decoded.corrupt(Reason.BAD_FIELD, "extent", extent, "a run inside one resource group");
        }
        if (Le.i32(value, 12) != 0) {
            return Decoded.corrupt(Reason.BAD_FIELD, "extent flags", Le.u32(value, 12), 0);
        }
        return new Decoded.Valid<>(extent);
    }
}
