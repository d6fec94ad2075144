package dev.quoin.raid;

/**
 * Work that an array does beside serving.
 *
 * @param doneBytes of each member that it has behind it
 * @param totalBytes of each member
 * @param rateLimit bytes a second of each member that it may do now, {@link WorkLimits#UNLIMITED} if nothing limits it
 */
public record BackgroundWork(Kind kind, long doneBytes, long totalBytes, long rateLimit) {

    /** What it does. */
    public enum Kind {
        /** Of a member, or of a device that is filled to replace one that works. */
        REBUILD,
        SCRUB,
        /** Not held to a speed. */
        RESHAPE
    }
}
