package dev.quoin.raid;

/**
 * What a scrub found, by cause, in blocks of a member: 4 KiB, in RAID 3 the slice of one. Without what it had found before an
 * interruption.
 *
 * @param mode whether it repaired
 * @param isComplete whether it came to the end; else it was stopped, and the next goes on there
 * @param fromBytes of each member that it took for done, because it went on
 * @param toBytes of each member that it has behind it
 * @param blockBytes the length of such a block in bytes
 * @param blocksChecked of all members
 * @param dataChecksums data blocks that failed their checksum
 * @param parityChecksums parity blocks that failed their checksum
 * @param readErrors blocks that a member could not read, twice
 * @param repaired of these three
 * @param unrepairable of these three: nothing to repair them from
 * @param parityMismatches rows whose blocks all have good checksums and whose parity or copies disagree nevertheless; nobody can tell which
 *     block is the old one, so they are left as they are
 * @param nanos how long it took
 */
public record ScrubReport(
        ScrubMode mode,
        boolean isComplete,
        long fromBytes,
        long toBytes,
        int blockBytes,
        long blocksChecked,
        long dataChecksums,
        long parityChecksums,
        long readErrors,
        long repaired,
        long unrepairable,
        long parityMismatches,
        long nanos) {

    /** Blocks that were found bad, whatever the cause; mismatches are not among them. */
    public long bad() {
        return dataChecksums + parityChecksums + readErrors;
    }

    /** Whether nothing was wrong. */
    public boolean isClean() {
        return bad() == 0 && parityMismatches == 0;
    }
}
