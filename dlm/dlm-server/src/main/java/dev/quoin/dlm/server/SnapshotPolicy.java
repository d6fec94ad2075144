package dev.quoin.dlm.server;

import java.time.Duration;

/**
 * When the state is written to disk, and how much of the log before stays for peers that lag behind: those need not fetch the state.
 *
 * @param entries a snapshot is due after so many entries
 * @param bytes or after entries of so many bytes
 * @param interval or after so long, if anything has changed
 * @param keptEntries the most entries that stay
 * @param keptBytes the most bytes that stay, rounded up to whole segments of the log
 */
public record SnapshotPolicy(int entries, long bytes, Duration interval, int keptEntries, long keptBytes) {

    /** 20,000 entries, 64 MiB or 5 minutes; 20,000 entries or 256 MiB stay. */
    public static final SnapshotPolicy DEFAULT =
            new SnapshotPolicy(20_000, 64L << 20, Duration.ofMinutes(5), 20_000, 256L << 20);

    public SnapshotPolicy {
        if (entries < 1 || bytes < 1 || interval.toMillis() < 1 || keptEntries < 0 || keptBytes < 0) {
            throw new IllegalArgumentException("a snapshot each " + entries + " entries, " + bytes + " bytes or "
                    + interval + " with " + keptEntries + " entries and " + keptBytes
                    + " bytes kept found: at least 1, 1, 1 ms, 0 and 0 expected");
        }
    }

    /** The same by other numbers of entries. */
    public SnapshotPolicy entries(int due, int kept) {
        return new SnapshotPolicy(due, bytes, interval, kept, keptBytes);
    }

    /** The same by other numbers of bytes. */
    public SnapshotPolicy bytes(long due, long kept) {
        return new SnapshotPolicy(entries, due, interval, keptEntries, kept);
    }
}
