package dev.quoin.raid;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Something that happened to an array and that its administrator may want to know. Named as mdadm --monitor names them.
 *
 * @param type what
 * @param array the name of the array
 * @param role the member concerned, -1 for the array as a whole
 * @param detail in plain words, with the name of the device
 */
public record ArrayEvent(Type type, String array, int role, String detail) {

    /** What happened. */
    public enum Type {
        /** A member failed or was taken out. */
        FAIL,
        /** A spare, or a device that was being filled, failed. */
        FAIL_SPARE,
        /** A device waits to take the role of a member that fails. */
        SPARE_ADDED,
        /** A spare of the node became one of the array. */
        MOVE_SPARE,
        /** The array was started without some of its spares, which are none any more. */
        SPARES_MISSING,
        /** A failed member or a spare was taken out of the table. */
        REMOVED,
        /** A member that was away is back, and gets what was written meanwhile. */
        RE_ADDED,
        /** The array was started without some of its members. */
        DEGRADED_ARRAY,
        /** More members are gone than the array can do without: it answers no more. */
        ARRAY_FAILED,
        /** A blank member took a role. */
        REPLACED,
        REBUILD_STARTED,
        /** A rebuild passed a fifth of its way, or more since the last such event. */
        REBUILD_20,
        REBUILD_40,
        REBUILD_60,
        REBUILD_80,
        REBUILD_FINISHED,
        /** A rebuild ended before its end. */
        REBUILD_STOPPED,
        /** A rebuilt member counts as redundancy again. */
        SPARE_ACTIVE,
        SCRUB_STARTED,
        SCRUB_FINISHED,
        /** A scrub ended before its end; the next goes on there. */
        SCRUB_STOPPED,
        RESHAPE_STARTED,
        RESHAPE_FINISHED,
        /** A change of the layout ended before its end; the array serves as it is. */
        RESHAPE_STOPPED,
        /** The array offers more than before. */
        GROWN,
        /** The devices below have no space for data that the journal holds; writes are refused until they have. */
        NO_SPACE,
        SPACE_FOUND;

        /** The name for people and programs, such as {@code RebuildStarted} and {@code Rebuild20}; the names are interface. */
        public String title() {
            return Arrays.stream(name().split("_"))
                    .map(word -> word.charAt(0) + word.substring(1).toLowerCase(Locale.ROOT))
                    .collect(Collectors.joining());
        }
    }
}
