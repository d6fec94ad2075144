package dev.quoin.raid;

/** What became of a device that was added to an array, see {@link RaidArray#add}. */
public enum Added {
    /** It waits as a spare, or takes the role of a member that is missing now. */
    SPARE,
    /** It was a member, has its role again and is brought up to date with what was written while it was away. */
    CATCHES_UP,
    /** It was a member, has its role again and is rebuilt from the start. */
    REBUILT
}
