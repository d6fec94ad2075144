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
    FORGETFUL_BITMAP
}
