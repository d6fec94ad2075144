package dev.quoin.raid;

/** A defect put in on purpose, so that a test can show that the tests would notice it. */
enum Sabotage {
    /** None: what everybody but those tests uses. */
    NONE,
    /** Nothing is written to the journal. */
    NO_JOURNAL,
    /** The journal is not flushed before data are written in place. */
    NO_JOURNAL_FLUSH,
    /** A failure of a member is not recorded before writes are acknowledged. */
    NO_FAILURE_RECORD,
    /** Blocks that were read for a parity are not verified. */
    NO_VERIFICATION,
    /** What was put on a new member is not flushed before it counts as current. */
    NO_REBUILD_FLUSH,
    /** Batches enter the journal while a role is handed over. */
    NO_HOLD,
    /** The bitmap is cleared while a member is missing. */
    FORGETFUL_BITMAP,
    /** The checksums are not copied before superblocks name their new place. */
    NO_COPY_OF_CHECKSUMS,
    /** The size is raised before all members have room for the checksums of the new cells. */
    GROWN_IN_ONE_STEP,
    /** A new leg counts as current before it was filled. */
    NEW_LEG_COUNTS,
    /** The superblocks say that bands were moved before the journal has them. */
    MOVED_BEFORE_THE_JOURNAL,
    /** A start takes what was recorded as put in place for put in place. */
    NO_CHECK_OF_PLACED,
    /** What is written over something without a copy is put in place before its record is durable. */
    OVERWRITTEN_AT_ONCE,
    /** What was written over something without a copy is not flushed before it counts as durable. */
    NO_FLUSH_OF_OVERWRITTEN,
    /** A start takes for new what was to be written over something, without looking. */
    NO_LOOK_AT_OVERWRITTEN,
    /** A start leaves the parities of codewords as they are of which it knows some cells only. */
    PARITIES_OF_THE_UNKNOWN
}
