package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Which members that were not there when the array was last written may help a forced start. Pure.
 *
 * <p>Only those of which the bitmap tells all that they may lack, by the rule of {@link Return}: bits are only cleared while every
 * role has a member in sync, so where there is no bit they are as current as the others.
 */
final class StaleMembers {

    private StaleMembers() {}

    /**
     * As few as are needed beside those that are usable, those with the most events first, by role; none if they are not enough
     * either.
     */
    static Map<Integer, BlockDevice> needed(RollCall call, Superblock best, Set<Integer> usable) {
        Map<Integer, BlockDevice> chosen = new TreeMap<>();
        Set<Integer> current = new HashSet<>(usable);
        current.removeIf(role -> best.roles().get(role).state() != RoleState.IN_SYNC);
        if (RollCall.isEnough(best, current)) {
            return chosen;
        }
        List<BlockDevice> candidates = candidates(call, best);
        for (BlockDevice device : candidates) {
            if (!isEnough(best, current, chosen.keySet())) {
                chosen.put(call.of(device).role(), device);
            }
        }
        if (!isEnough(best, current, chosen.keySet())) {
            return Map.of();
        }
        // A later one may make an earlier, older one superfluous, as with RAID 10.
        for (int i = candidates.size() - 1; i >= 0; i--) {
            int role = call.of(candidates.get(i)).role();
            var without = new HashSet<>(chosen.keySet());
            without.remove(role);
            if (isEnough(best, current, without)) {
                chosen.remove(role);
            }
        }
        return chosen;
    }

    private static boolean isEnough(Superblock best, Set<Integer> current, Set<Integer> more) {
        Set<Integer> all = new HashSet<>(current);
        all.addAll(more);
        return RollCall.isEnough(best, all);
    }

    private static List<BlockDevice> candidates(RollCall call, Superblock best) {
        List<BlockDevice> candidates = new ArrayList<>();
        call.refusals().forEach((device, refusal) -> {
            if (refusal.kind() == Finding.Kind.STALE && whyNot(device, call.of(device), best) == null) {
                candidates.add(device);
            }
        });
        candidates.sort(
                Comparator.comparingLong((BlockDevice device) -> call.of(device).events())
                        .reversed());
        return candidates;
    }

    /** Why a stale member cannot help; null if it can. */
    static @Nullable String whyNot(BlockDevice device, Superblock own, Superblock best) {
        int role = own.role();
        if (best.roles().get(role).state() != RoleState.FAILED) {
            return "it is an older copy of a member: nothing tells what it lacks";
        }
        if (!isDividedAlike(device, own, best)) {
            return "it is divided otherwise";
        }
        Superblock.Role itself = own.roles().get(role);
        boolean wasCurrent = itself.state() == RoleState.IN_SYNC || itself.catchesUp();
        if (!itself.member().equals(own.member()) || !wasCurrent) {
            return "it was not current before";
        }
        long least = best.roles().get(role).rebuiltBands();
        if (own.events() < least || own.events() > best.events()) {
            return "events " + own.events() + " found, " + least + " to " + best.events()
                    + " expected: it is not what failed";
        }
        for (int other = 0; other < best.roles().size(); other++) {
            if (!own.roles().get(other).member().equals(best.roles().get(other).member())) {
                return "it knows another member in role " + other + ", which was replaced meanwhile";
            }
        }
        return own.sharesMember(best.roles()) ? null : "it was used apart from the others";
    }

    private static boolean isDividedAlike(BlockDevice device, Superblock own, Superblock best) {
        return own.reshape() == null
                && best.reshape() == null
                && own.roles().size() == best.roles().size()
                && own.level() == best.level()
                && own.chunk() == best.chunk()
                && own.complete()
                && own.regions().dataLength() == best.regions().dataLength()
                && own.regions().memberSize() <= device.geometry().size();
    }

    /** What the superblocks are going to say of one that helps. */
    static Superblock.Role role(Superblock best, Superblock own) {
        boolean writeMostly = best.roles().get(own.role()).writeMostly();
        return new Superblock.Role(own.member(), RoleState.IN_SYNC, writeMostly, 0);
    }
}
