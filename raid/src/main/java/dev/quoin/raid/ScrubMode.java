package dev.quoin.raid;

/** What a scrub does about what it finds. */
public enum ScrubMode {
    /** Counts it and changes nothing. */
    CHECK,
    /** Repairs what can be repaired. */
    REPAIR
}
