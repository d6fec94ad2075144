package dev.quoin.raid;

import java.nio.charset.StandardCharsets;

/**
 * What an array is to be.
 *
 * @param name for people, 1 to 64 bytes of UTF-8
 * @param level how it survives losses
 * @param chunkBytes how much of consecutive data goes to one member, a power of two from 4 KiB to 1 MiB
 */
public record ArraySpec(String name, Level level, int chunkBytes) {

    /** The chunk that is chosen by itself, in bytes. */
    public static final int CHUNK_DEFAULT = 64 * 1024;

    private static final int CHUNK_MAX = 1024 * 1024;

    public ArraySpec {
        int length = name.getBytes(StandardCharsets.UTF_8).length;
        if (length == 0 || length > Superblock.NAME_BYTES_MAX) {
            throw new IllegalArgumentException("name of " + length + " bytes found, 1 to " + Superblock.NAME_BYTES_MAX
                    + " expected: '" + name + "'");
        }
        if (Integer.bitCount(chunkBytes) != 1 || chunkBytes < Addressing.BLOCK || chunkBytes > CHUNK_MAX) {
            throw new IllegalArgumentException(
                    "chunk of " + chunkBytes + " bytes found, a power of two from 4096 to 1048576 expected");
        }
    }

    /** A RAID 5 array with the default chunk. */
    public static ArraySpec raid5(String name) {
        return new ArraySpec(name, Level.RAID5, CHUNK_DEFAULT);
    }
}
