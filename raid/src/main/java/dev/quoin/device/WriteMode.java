package dev.quoin.device;

/** What the completion of a write promises. */
public enum WriteMode {
    /** The data is visible; a later flush makes it durable. */
    CACHED,
    /** The data is durable: force unit access (SBC-4 4.15). */
    FUA
}
