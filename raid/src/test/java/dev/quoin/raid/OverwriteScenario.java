package dev.quoin.raid;

/** What else happens to the array of an {@link OverwriteRun}. */
enum OverwriteScenario {
    /** The power goes; devices write 4 KiB wholly or not at all. */
    CUT,
    /** The power goes a second time while the array starts. */
    TWO_CUTS,
    /** The power goes, and devices tear blocks. */
    TORN,
    /** As many members as the level can do without, or fewer, are lost with the power. */
    LOSS,
    /** A member fails while writes go on, and is there again after the cut. */
    FAILURE,
    /** Twice cut, torn, with members lost. */
    ALL;

    boolean suits(Level level) {
        return level != Level.RAID3
                && switch (this) {
                    case CUT, TWO_CUTS, TORN -> true;
                    case LOSS, FAILURE, ALL -> level != Level.RAID0;
                };
    }

    /** Whether blocks may be unreadable of which codewords were being written over. Copies do not need each other. */
    boolean loses(Level level) {
        return switch (this) {
            case CUT, TWO_CUTS -> false;
            case LOSS, FAILURE -> !level.hasCopies();
            case TORN, ALL -> true;
        };
    }

    boolean tears() {
        return this == TORN || this == ALL;
    }

    boolean cutsTwice() {
        return this == TWO_CUTS || this == ALL;
    }

    boolean losesMembers() {
        return this == LOSS || this == ALL;
    }
}
