package dev.quoin.dlm.history;

/**
 * One operation as its caller saw it. Times are of the machine's monotonic clock, in nanoseconds, which all processes share.
 *
 * @param resource what it is about; operations on different ones have nothing to do with each other
 * @param caller the holder that asked, unique for each session and thread
 * @param what was asked and answered
 * @param invoked when it was asked
 * @param returned when the answer came; {@link #NEVER} if it is not known whether it was done
 */
record Op(String resource, long caller, What what, long invoked, long returned) {

    static final long NEVER = Long.MAX_VALUE;

    /** What was asked and answered. */
    sealed interface What {

        /** A lock was granted. */
        record Acquired(boolean exclusive, long token) implements What {}

        /** A lock was given back, or was lost with its session. */
        record Released(long token) implements What {}

        /** A value was read; revision 0 if there was none. */
        record Read(long revision, long value) implements What {}

        /** A value was written if the revision was as expected; made is 0 if it is not known which revision it got. */
        record Written(long expected, long value, long made) implements What {}

        /** A value was not written because the revision was another. */
        record Conflicted(long expected) implements What {}
    }

    boolean isKnown() {
        return returned != NEVER;
    }

    /** As one line. */
    String line() {
        String text = switch (what) {
            case What.Acquired(boolean exclusive, long token) -> "acquired " + exclusive + " " + token;
            case What.Released(long token) -> "released " + token;
            case What.Read(long revision, long value) -> "read " + revision + " " + value;
            case What.Written(long expected, long value, long made) -> "written " + expected + " " + value + " " + made;
            case What.Conflicted(long expected) -> "conflicted " + expected;
        };
        return resource + " " + caller + " " + invoked + " " + returned + " " + text;
    }

    static Op parse(String line) {
        String[] word = line.split(" ", -1);
        What what = switch (word[4]) {
            case "acquired" -> new What.Acquired(Boolean.parseBoolean(word[5]), Long.parseLong(word[6]));
            case "released" -> new What.Released(Long.parseLong(word[5]));
            case "read" -> new What.Read(Long.parseLong(word[5]), Long.parseLong(word[6]));
            case "written" ->
                new What.Written(Long.parseLong(word[5]), Long.parseLong(word[6]), Long.parseLong(word[7]));
            case "conflicted" -> new What.Conflicted(Long.parseLong(word[5]));
            default -> throw new IllegalArgumentException(line);
        };
        return new Op(word[0], Long.parseLong(word[1]), what, Long.parseLong(word[2]), Long.parseLong(word[3]));
    }
}
