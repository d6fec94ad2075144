package dev.quoin.dlm.api;

/** What becomes of a lockspace's locks when the session that holds them ends other than by {@link LockClient#close()}. */
public enum SessionEndPolicy {
    /** They are released; value blocks under PW and EX become invalid. */
    RELEASE,
    /**
     * They stay held until the log records that nothing of the session can reach the storage any more, by a fence agent or by
     * {@link LockClient#declareFenced}. Then they are released; value blocks under PW and EX become invalid.
     */
    HOLD_UNTIL_FENCED,
    /**
     * As {@link #HOLD_UNTIL_FENCED}, and then until a survivor has mended what the session left half done and says so by
     * {@link LockClient#declareRecovered}.
     */
    HOLD_UNTIL_RECOVERED
}
