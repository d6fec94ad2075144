package dev.quoin.raid;

import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * What an array is to be.
 *
 * @param name for people, 1 to 64 bytes of UTF-8
 * @param level how it survives losses
 * @param chunkBytes how much of consecutive data goes to one member, a power of two from 4 KiB to 1 MiB; means nothing to RAID 3
 * @param writeMostly roles of a level with copies that are read from only if no other member has the block
 * @param verifiesReads whether a RAID 3 array reads the parity with every block and refuses blocks that it contradicts
 * @param cutsToSmallest whether a RAID 0 array may be made of members of different sizes, of each of which it uses what the
 *     smallest has; other levels always do that
 * @param journal what of large writes over something is journalled
 */
public record ArraySpec(
        String name,
        Level level,
        int chunkBytes,
        Set<Integer> writeMostly,
        boolean verifiesReads,
        boolean cutsToSmallest,
        JournalPolicy journal) {

    /** The chunk that is chosen by itself, in bytes. */
    public static final int CHUNK_DEFAULT = 64 * 1024;

    private static final int CHUNK_MAX = 1024 * 1024;

    public ArraySpec {
        writeMostly = Set.copyOf(writeMostly);
        int length = name.getBytes(StandardCharsets.UTF_8).length;
        if (length == 0 || length > Superblock.NAME_BYTES_MAX) {
            throw new IllegalArgumentException("name of " + length + " bytes found, 1 to " + Superblock.NAME_BYTES_MAX
                    + " expected: '" + name + "'");
        }
        if (Integer.bitCount(chunkBytes) != 1 || chunkBytes < Addressing.BLOCK || chunkBytes > CHUNK_MAX) {
            throw new IllegalArgumentException(
                    "chunk of " + chunkBytes + " bytes found, a power of two from 4096 to 1048576 expected");
        }
        if (!writeMostly.isEmpty() && !level.hasCopies()) {
            throw new IllegalArgumentException(
                    "write-mostly members " + writeMostly + " found, none expected for a level without copies");
        }
        if (verifiesReads && level != Level.RAID3) {
            throw new IllegalArgumentException("verified reads found, expected for RAID 3 only");
        }
        if (journal == JournalPolicy.HEADERS && level == Level.RAID3) {
            throw new IllegalArgumentException("journal policy headers found, full expected for RAID 3: its rows are"
                    + " slices of one block, which would be lost together");
        }
    }

    /** An array without any option. */
    public ArraySpec(String name, Level level, int chunkBytes) {
        this(name, level, chunkBytes, Set.of(), false, false, JournalPolicy.FULL);
    }

    /** A RAID 5 array with the default chunk. */
    public static ArraySpec raid5(String name) {
        return new ArraySpec(name, Level.RAID5, CHUNK_DEFAULT);
    }

    /** The same with members that are written to and hardly read from. */
    public ArraySpec withWriteMostly(Set<Integer> roles) {
        return new ArraySpec(name, level, chunkBytes, roles, verifiesReads, cutsToSmallest, journal);
    }

    /** The same with reads that are compared with the parity. */
    public ArraySpec withVerifiedReads() {
        return new ArraySpec(name, level, chunkBytes, writeMostly, true, cutsToSmallest, journal);
    }

    /** The same, of members of different sizes. */
    public ArraySpec withSizesCutToSmallest() {
        return new ArraySpec(name, level, chunkBytes, writeMostly, verifiesReads, true, journal);
    }

    /** The same with another policy of the journal. */
    public ArraySpec withJournal(JournalPolicy policy) {
        return new ArraySpec(name, level, chunkBytes, writeMostly, verifiesReads, cutsToSmallest, policy);
    }
}
