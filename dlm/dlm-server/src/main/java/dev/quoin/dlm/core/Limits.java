package dev.quoin.dlm.core;

/**
 * How much of each thing the state may hold. All of it lives on the heap of each peer, so each limit guards all of them.
 *
 * @param sessions the most sessions, counting ended ones that wait for their fencing
 * @param lockspaces the most lockspaces; they are never removed
 * @param locks the most locks held or waited for, of all sessions together
 * @param locksPerSession the most locks held or waited for by one session
 * @param resultsPerSession the most results kept for one session because it has not acknowledged them
 * @param registryKeys the most keys in the registry
 * @param registryBytes the most bytes of keys and values in the registry
 * @param listed the most locks, sessions or entries that one answer lists
 */
public record Limits(
        int sessions,
        int lockspaces,
        int locks,
        int locksPerSession,
        int resultsPerSession,
        int registryKeys,
        long registryBytes,
        int listed) {

    /** The limits of a cluster that nobody has tuned. */
    public static final Limits DEFAULT =
            new Limits(16_384, 1_024, 2_000_000, 1_000_000, 65_536, 200_000, 128L << 20, 200_000);

    /** The most levels of locks and their sub-locks. */
    public static final int LOCK_DEPTH_MAX = 8;

    /** The longest name that a client may give itself, in bytes of UTF-8. */
    public static final int NODE_NAME_LENGTH_MAX = 128;

    /** The shortest lease that a session may ask for, in milliseconds. */
    public static final long LEASE_MILLIS_MIN = 500;

    /** The longest lease that a session may ask for, in milliseconds. */
    public static final long LEASE_MILLIS_MAX = 600_000;

    /** The most registry changes remembered for watches that resume. */
    public static final int HISTORY_CHANGES_MAX = 10_000;

    /** The most bytes of registry changes remembered for watches that resume. */
    public static final long HISTORY_BYTES_MAX = 16L << 20;
}
