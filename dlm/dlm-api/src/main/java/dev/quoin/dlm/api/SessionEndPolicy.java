package dev.quoin.dlm.api;

/** What becomes of a lockspace's locks when the session that holds them ends other than by {@link LockClient#close()}. */
public enum SessionEndPolicy {
    /** They are released; value blocks under PW and EX become invalid. */
    RELEASE,
    /**
     * They stay held until {@link LockClient#declareFenced} says that nothing of the session can reach the storage any more and
     * that what it left half done is mended. Then they are released; value blocks under PW and EX become invalid.
     */
    HOLD_UNTIL_FENCED
}
