package dev.quoin.raid;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * How an array is.
 *
 * @param sizeBytes what it offers
 * @param journal what of large writes over something is journalled
 * @param health whether it has its full redundancy
 * @param activity what it does beside serving
 * @param rebuiltBytes of each member that a rebuild or a reshape has behind it; 0 if none is under way
 * @param memberBytes the data region of each member, the whole of {@code rebuiltBytes}
 * @param spares the devices that wait to take the role of a member that fails, by name
 * @param dirtyRegions regions of the write-intent bitmap that are marked
 */
public record ArrayStatus(
        String name,
        UUID uuid,
        Level level,
        long sizeBytes,
        int chunkBytes,
        JournalPolicy journal,
        Health health,
        Activity activity,
        long rebuiltBytes,
        long memberBytes,
        long events,
        int dirtyRegions,
        List<MemberStatus> members,
        List<String> spares,
        Counters counters) {

    /** Whether the redundancy is there. */
    public enum Health {
        OPTIMAL,
        DEGRADED,
        FAILED
    }

    /** What the array does beside serving. */
    public enum Activity {
        IDLE,
        REBUILDING,
        SCRUBBING,
        /** It takes new room into use. */
        GROWING,
        /** Its blocks are being moved to the layout of one member more, or wait for that to go on. */
        RESHAPING
    }

    /**
     * How a member is.
     *
     * @param device its name; null if nothing is there
     * @param serial the serial number of its disk, see {@link dev.quoin.device.BlockDevice#serialNumber}, also of one that failed; null if
     *     it is not known
     * @param badBlocks blocks of it that are known to be lost
     * @param writeMostly whether it is read from only if no other member has the block
     * @param replacement the name of the device that is filled from it to take its place; null if there is none
     */
    public record MemberStatus(
            int role,
            @Nullable String device,
            @Nullable String serial,
            RoleState state,
            int badBlocks,
            boolean writeMostly,
            @Nullable String replacement) {}

    /**
     * What was met since the array was started, in blocks of the members where nothing else is said: 4 KiB, in RAID 3 the slice of
     * one.
     *
     * @param checksumErrors reads whose content failed its checksum
     * @param readErrors reads that a member refused
     * @param journalBatches group commits
     * @param journalSyncs flushes of the journal
     */
    public record Counters(
            long blocksRead,
            long blocksWritten,
            long checksumErrors,
            long readErrors,
            long repaired,
            long unrepairable,
            long journalBatches,
            long journalSyncs,
            long checkpoints) {}

    public ArrayStatus {
        members = List.copyOf(members);
        spares = List.copyOf(spares);
    }
}
