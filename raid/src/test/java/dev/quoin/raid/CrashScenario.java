package dev.quoin.raid;

/** What else happens to the array of a {@link CrashRun}. */
enum CrashScenario {
    /** Nothing. */
    CUT,
    /** As many members as the level can do without, or fewer, are lost with the power. */
    CUT_AND_LOSS,
    /** So many members were lost before. */
    DEGRADED,
    /** A member fails while writes go on, and is there again after the cut. */
    FAILURE,
    /** Members are replaced and being rebuilt while writes go on. */
    REBUILD,
    /** The power goes a second time while the array starts; and perhaps members are lost with it. */
    TWO_CUTS,
    /** A member fails while writes go on, and a spare takes its role. */
    SPARE,
    /** A member that works is replaced by a copy while writes go on; after the cut, other members may be lost. */
    REPLACE,
    /** Members that failed or were missing come back and catch up while writes go on. */
    RETURN,
    /** The devices have become larger, and the array is told to take that into use while writes go on. */
    GROW,
    /** A mirror gets one leg more, which is being filled while writes go on. */
    LEG,
    /** A RAID 5 array gets one member more, and its blocks are moved to the new layout while writes go on; perhaps a member fails. */
    RESHAPE,
    /** A member once acknowledges a write that it does not do, or does elsewhere. */
    LIE;

    /** Whether a level comes through it. */
    boolean suits(Level level) {
        return switch (this) {
            case LEG -> level == Level.RAID1;
            case RESHAPE -> level == Level.RAID5;
            case CUT, TWO_CUTS, GROW, REPLACE -> true;
            case CUT_AND_LOSS, DEGRADED, FAILURE, REBUILD, SPARE, RETURN, LIE -> level != Level.RAID0;
        };
    }

    boolean isSlow() {
        return this == SPARE || this == REPLACE || this == RETURN;
    }

    /** Whether a thread of the array works beside that of the test, so that the order of events is not the seed's alone. */
    boolean hasThread() {
        return switch (this) {
            case REBUILD, SPARE, REPLACE, RETURN, GROW, LEG, RESHAPE -> true;
            case CUT, CUT_AND_LOSS, DEGRADED, FAILURE, TWO_CUTS, LIE -> false;
        };
    }
}
