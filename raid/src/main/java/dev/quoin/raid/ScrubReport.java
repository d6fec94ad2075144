package dev.quoin.raid;

/**
 * What a scrub found, in blocks of a member: 4 KiB, in RAID 3 the slice of one.
 *
 * @param blockBytes the length of such a block in bytes
 * @param blocksChecked of all members
 * @param badData data blocks that could not be read or failed their checksum
 * @param badParity parity blocks that could not be read or failed their checksum
 * @param repaired of the bad ones
 * @param lost of the bad ones: nothing to repair them from
 * @param parityMismatches rows whose blocks all have good checksums and whose parity or copies disagree nevertheless; nobody can tell which
 *     block is the old one, so they are left as they are
 * @param nanos how long it took
 */
public record ScrubReport(
        int blockBytes,
        long blocksChecked,
        long badData,
        long badParity,
        long repaired,
        long lost,
        long parityMismatches,
        long nanos) {

    /** Whether nothing was wrong. */
    public boolean isClean() {
        return badData == 0 && badParity == 0 && lost == 0 && parityMismatches == 0;
    }
}
