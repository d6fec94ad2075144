package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a device that was looked at is. Preview.
 *
 * @param detail as the rest of a sentence that begins with the device
 * @param array the UUID of the array that it says to belong to; null if to none
 * @param name the name of that array; empty if there is none
 * @param role its role, or -1 if it has none
 * @param events the events of its superblock; 0 if it has none
 * @param expected the events that it has to have to be used; 0 if that is not known
 */
public record Finding(
        BlockDevice device,
        Kind kind,
        String detail,
        @Nullable UUID array,
        String name,
        int role,
        long events,
        long expected) {

    /** The kinds of devices. The {@link #word} is interface. */
    public enum Kind {
        /** A current member. */
        MEMBER,
        /** One that waits to take a role. */
        SPARE,
        /** A member that was not there when the array was last written, or an old copy of one. */
        STALE,
        /** Once a member or spare; it is none any more. */
        FORMER,
        /** One half of an array of which both were used without the other. */
        APART,
        /** Another device has the same member UUID. */
        DUPLICATE,
        /** The creation of its array did not come to its end. */
        HALF_CREATED,
        /** Smaller than when it became a member. */
        CUT_SHORT,
        /** A member that cannot be read or written as a start has to. */
        UNUSABLE,
        /** What should be a superblock is damaged. */
        DAMAGED,
        /** It holds something that is not Quoin's. */
        FOREIGN,
        /** Both ends read as zeroes. */
        BLANK;

        /** The name in lower case with hyphens, such as {@code half-created}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }
}
