package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/**
 * What devices turned out to be, and which arrays they would start as. Preview.
 *
 * @param devices one for each that was looked at, in the order in which they were given
 * @param arrays those of which a member was found, in the order in which they were found
 */
public record Examination(List<Finding> devices, List<FoundArray> arrays) {

    public Examination {
        devices = List.copyOf(devices);
        arrays = List.copyOf(arrays);
    }

    /** Whether an array can start. The {@link #word} is interface. */
    public enum Start {
        /** With all members. */
        COMPLETE,
        /** With as few that no redundancy is left, or less of it. */
        DEGRADED,
        /** Only if it is forced, with the loss that is said. */
        FORCED,
        /** Not from these devices. */
        REFUSED;

        /** The name in lower case. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One array.
     *
     * @param roles how many members it has; 0 if only spares of it were found
     * @param devices those that say to belong to it
     * @param start whether it can start from these
     * @param why why it does not start unforced, or without which members it starts; empty if it is complete
     * @param loss what is lost if it is forced, in sentences; empty if it need not be, or cannot
     */
    public record FoundArray(
            String name,
            UUID uuid,
            Level level,
            int roles,
            List<BlockDevice> devices,
            Start start,
            String why,
            List<String> loss) {

        public FoundArray {
            devices = List.copyOf(devices);
            loss = List.copyOf(loss);
        }
    }
}
