package dev.quoin.device;

/** A way to make what was ever written to a device unreadable for good. */
public enum Erasure {
    /** A write of every block, followed by a flush: no copy of what was there before is left below. */
    OVERWRITE,
    /** A discard of every block, followed by a flush: no copy of what was there before is left below. */
    DISCARD
}
