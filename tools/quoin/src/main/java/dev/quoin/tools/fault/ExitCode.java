package dev.quoin.tools.fault;

/**
 * How a run of the quoin command ended. The numbers and names are interface: scripts read them, and they travel in the
 * administration protocol. New ones are added, none is changed.
 */
public enum ExitCode {
    /** Done, or healthy. */
    DONE(0),
    /** The operation failed. */
    FAILED(1),
    /** The command line or the configuration is not as it must be. */
    USAGE(2),
    /** The object does not exist, or no node runs. */
    NOT_FOUND(3),
    /** In use, or exists already. */
    CONFLICT(4),
    /** Everything works, with less redundancy than asked for ({@code status} only). */
    DEGRADED(5),
    /** Something does not work, or data is at risk ({@code status} only). */
    CRITICAL(6),
    /** The lock manager has no leader or no majority. */
    NO_QUORUM(7),
    /** No answer came in time: it may or may not have been done. */
    OUTCOME_UNKNOWN(8),
    /** Not allowed. */
    REFUSED(9),
    /** A mistake in Quoin itself. */
    BUG(70),
    /** Stopped by Ctrl-C. */
    INTERRUPTED(130);

    private final int number;

    ExitCode(int number) {
        this.number = number;
    }

    /** The exit status, 0 to 130. */
    public int number() {
        return number;
    }

    /** The code with this number; a number that this version does not know is {@link #FAILED}. */
    public static ExitCode of(int number) {
        for (ExitCode code : values()) {
            if (code.number == number) {
                return code;
            }
        }
        return FAILED;
    }
}
