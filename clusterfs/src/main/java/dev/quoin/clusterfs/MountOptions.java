package dev.quoin.clusterfs;

import java.time.Duration;
import java.time.InstantSource;

/**
 * How to mount.
 *
 * @param fenceAgent cuts dead nodes off from the device
 * @param minHold how long a lock is kept at least before it is given to another node
 * @param commitInterval how long a change stays volatile at most
 * @param pollInterval how often to look for dead nodes
 * @param writeMargin how long the session must live on for a write to be sent: longer than any write takes
 * @param cachedBytesMax file content kept in memory
 * @param dirtyBytesMax file content kept in memory that is not on the device yet; writers wait beyond
 * @param locksMax locks kept before idle ones are released
 * @param slotWait how long to wait for a free slot
 * @param clock for time stamps of files
 */
public record MountOptions(
        FenceAgent fenceAgent,
        Duration minHold,
        Duration commitInterval,
        Duration pollInterval,
        Duration writeMargin,
        long cachedBytesMax,
        long dirtyBytesMax,
        int locksMax,
        Duration slotWait,
        InstantSource clock) {

    public MountOptions {
        if (minHold.isNegative() || commitInterval.toMillis() < 1 || pollInterval.toMillis() < 1) {
            throw new IllegalArgumentException(
                    "minHold " + minHold + ", commitInterval " + commitInterval + ", pollInterval " + pollInterval
                            + " found, none negative and intervals of at least 1 ms expected");
        }
        if (cachedBytesMax < 0 || dirtyBytesMax < 0 || locksMax < 100) {
            throw new IllegalArgumentException("cachedBytesMax " + cachedBytesMax + ", dirtyBytesMax " + dirtyBytesMax
                    + ", locksMax " + locksMax + " found, none negative and at least 100 locks expected");
        }
    }

    /** Defaults, with the agent that fences. */
    public static MountOptions of(FenceAgent fenceAgent) {
        return new MountOptions(
                fenceAgent,
                Duration.ofMillis(10),
                Duration.ofSeconds(1),
                Duration.ofSeconds(1),
                Duration.ofMillis(500),
                128L << 20,
                48L << 20,
                16_384,
                Duration.ofSeconds(60),
                InstantSource.system());
    }

    /** The same with another minimum hold time. */
    public MountOptions minHold(Duration newMinHold) {
        return new MountOptions(
                fenceAgent,
                newMinHold,
                commitInterval,
                pollInterval,
                writeMargin,
                cachedBytesMax,
                dirtyBytesMax,
                locksMax,
                slotWait,
                clock);
    }

    /** The same with other intervals of background work. */
    public MountOptions intervals(Duration newCommitInterval, Duration newPollInterval) {
        return new MountOptions(
                fenceAgent,
                minHold,
                newCommitInterval,
                newPollInterval,
                writeMargin,
                cachedBytesMax,
                dirtyBytesMax,
                locksMax,
                slotWait,
                clock);
    }

    /** The same with other limits of what is kept in memory. */
    public MountOptions limits(long newCachedBytesMax, long newDirtyBytesMax, int newLocksMax) {
        return new MountOptions(
                fenceAgent,
                minHold,
                commitInterval,
                pollInterval,
                writeMargin,
                newCachedBytesMax,
                newDirtyBytesMax,
                newLocksMax,
                slotWait,
                clock);
    }

    /** The same with another wait for a free slot. */
    public MountOptions slotWait(Duration newSlotWait) {
        return new MountOptions(
                fenceAgent,
                minHold,
                commitInterval,
                pollInterval,
                writeMargin,
                cachedBytesMax,
                dirtyBytesMax,
                locksMax,
                newSlotWait,
                clock);
    }
}
