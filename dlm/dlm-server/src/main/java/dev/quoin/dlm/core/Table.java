package dev.quoin.dlm.core;

/** The parts of a snapshot, in the order in which they are read back. */
public enum Table {
    /** Counters and lockspaces. */
    META,
    /** Sessions with the results they have not acknowledged. */
    SESSIONS,
    /** Locks, by id. */
    LOCKS,
    /** Value blocks of resources, other than the empty one. */
    RESOURCES,
    /** Registry entries. */
    REGISTRY,
    /** Byte-range locks, held and waited for, by resource. */
    RANGES
}
