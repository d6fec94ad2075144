package dev.quoin.raid;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a start has read before it writes anything.
 *
 * @param members by role; null where there is none. One that fails is taken out of the list
 * @param stale the roles of those that are used though they lack what was written while they were away, with their events
 * @param scans the journals of the members; null where there is nothing to replay
 * @param bitmap where members may differ
 * @param events those that a member must know to be current
 */
record Opening(
        Superblock best,
        List<@Nullable Member> members,
        Map<Integer, Long> stale,
        List<@Nullable JournalScan> scans,
        IntentBitmap bitmap,
        long events) {

    boolean isStale(int role) {
        return stale.containsKey(role);
    }

    /** A list of the members that are current, or are being rebuilt; null for others. */
    List<@Nullable Member> current() {
        List<@Nullable Member> current = new ArrayList<>(members);
        stale.keySet().forEach(role -> current.set(role, null));
        return current;
    }

    /** How many bands a member has. */
    long bands() {
        return best.map().bands(best.regions().dataLength());
    }

    /** How much of each member the bitmap marks, in bytes. */
    long markedBytes() {
        long marked = 0;
        for (long band = 0; band < bands(); band++) {
            marked += bitmap.get(band) ? best.map().bandBytes() : 0;
        }
        return marked;
    }
}
