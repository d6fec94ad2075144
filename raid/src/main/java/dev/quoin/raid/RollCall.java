package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Who of the devices that a start is given says to be which member, and who of them is believed. Reads superblocks only, when it is
 * made, blocking.
 *
 * <p>The superblock with the most events says who the members are. Two devices that claim to be the same member, members of several
 * arrays, halves that were used apart, and an array whose creation was cut short, are refused.
 */
final class RollCall {

    /** Why a device is not used. */
    record Refusal(Finding.Kind kind, String why) {}

    private final List<BlockDevice> devices;
    private final Map<BlockDevice, Superblock> found = new LinkedHashMap<>();
    /** In the order of discovery. */
    private final Map<BlockDevice, Refusal> refused = new LinkedHashMap<>();

    /** Reads the superblocks. */
    RollCall(List<BlockDevice> devices) {
        this.devices = List.copyOf(devices);
        for (BlockDevice device : devices) {
            SuperblockStore.Found store = SuperblockStore.read(device);
            Superblock superblock = store.superblock();
            if (superblock != null) {
                found.put(device, superblock);
            } else if (store.blank()) {
                refuse(device, Finding.Kind.BLANK, blank(device));
            } else {
                refuse(device, Finding.Kind.DAMAGED, String.join("; ", store.damage()));
            }
        }
    }

    private static String blank(BlockDevice device) {
        return MdSuperblockStore.owner(device).map(owner -> "is " + owner).orElse("is blank");
    }

    void refuse(BlockDevice device, Finding.Kind kind, String why) {
        refused.put(device, new Refusal(kind, why));
    }

    /** It is used nevertheless. */
    void accept(BlockDevice device) {
        refused.remove(device);
    }

    @Nullable Refusal refusal(BlockDevice device) {
        return refused.get(device);
    }

    Map<BlockDevice, Refusal> refusals() {
        return refused;
    }

    /** The superblock of a device that has one. */
    Superblock of(BlockDevice device) {
        return Objects.requireNonNull(found.get(device));
    }

    /** The superblocks by device, after {@link #best} in the roles that they have by now. */
    Map<BlockDevice, Superblock> found() {
        return found;
    }

    /** The superblock that counts. */
    Superblock best() throws DeviceException {
        Superblock best = null;
        Map<UUID, String> arrays = new HashMap<>();
        Map<UUID, BlockDevice> claims = new HashMap<>();
        for (Map.Entry<BlockDevice, Superblock> entry : found.entrySet()) {
            Superblock superblock = entry.getValue();
            arrays.put(
                    superblock.array(),
                    "'" + superblock.name() + "' on " + entry.getKey().name());
            BlockDevice other = claims.put(superblock.member(), entry.getKey());
            if (other != null) {
                throw twice(superblock, other, entry.getKey());
            }
            if (!superblock.isSpare() && (best == null || superblock.events() > best.events())) {
                best = superblock;
            }
        }
        if (best == null) {
            throw refusal("?", "no member found on " + names() + ": " + reasons());
        }
        if (arrays.size() > 1) {
            throw refusal(best.name(), "members of several arrays found: " + arrays.values() + "; name those of one");
        }
        for (Map.Entry<BlockDevice, Superblock> entry : found.entrySet()) {
            if (isOtherHalf(best, entry.getValue())) {
                throw apart(best, Objects.requireNonNull(claims.get(best.member())), entry.getKey());
            }
        }
        if (!best.complete()) {
            found.keySet()
                    .forEach(device -> refuse(
                            device,
                            Finding.Kind.HALF_CREATED,
                            "belongs to an array whose creation did not come to its end"));
            throw refusal(best.name(), "its creation did not come to its end: wipe the members and create it again");
        }
        Superblock known = best;
        found.replaceAll((device, superblock) -> inItsRole(known, superblock));
        return best;
    }

    private DeviceException twice(Superblock superblock, BlockDevice one, BlockDevice other) {
        refuse(one, Finding.Kind.DUPLICATE, "claims to be the same member as " + other.name());
        refuse(other, Finding.Kind.DUPLICATE, "claims to be the same member as " + one.name());
        return refusal(
                superblock.name(),
                one.name() + " and " + other.name() + " both claim to be member " + superblock.role()
                        + ": one is a copy; take it away");
    }

    private DeviceException apart(Superblock best, BlockDevice holder, BlockDevice other) {
        Superblock superblock = of(other);
        refuse(holder, Finding.Kind.APART, "was used apart from " + other.name());
        refuse(other, Finding.Kind.APART, "was used apart from " + holder.name());
        return refusal(
                best.name(),
                other.name() + " (role " + superblock.role() + ") and " + holder.name() + " (role " + best.role()
                        + ") each say that the other failed: they were used apart; name only those whose"
                        + " writes are to be kept, and replace the others");
    }

    /** A spare whose taking of a role had come so far that the members say so, but not its own superblock. */
    private static Superblock inItsRole(Superblock best, Superblock superblock) {
        for (int role = 0; superblock.isSpare() && role < best.roles().size(); role++) {
            if (best.roles().get(role).member().equals(superblock.member())) {
                return superblock.withRole(role);
            }
        }
        return superblock;
    }

    /**
     * Whether two members were in use while each took the other for failed, as halves of a mirror can be. Not if a third was in use with
     * both: then one failed after the other, and the first is back.
     */
    static boolean isOtherHalf(Superblock best, Superblock other) {
        return holds(best, other.role(), other.member(), RoleState.FAILED)
                && holds(other, best.role(), best.member(), RoleState.FAILED)
                && holds(other, other.role(), other.member(), RoleState.IN_SYNC)
                && !other.sharesMember(best.roles());
    }

    private static boolean holds(Superblock superblock, int role, UUID member, RoleState state) {
        if (role < 0 || role >= superblock.roles().size()) {
            return false;
        }
        Superblock.Role found = superblock.roles().get(role);
        return found.member().equals(member) && found.state() == state;
    }

    /** The devices that may be used, by role. */
    Map<Integer, BlockDevice> choose(Superblock best) {
        Map<Integer, BlockDevice> chosen = new TreeMap<>();
        for (Map.Entry<BlockDevice, Superblock> entry : found.entrySet()) {
            BlockDevice device = entry.getKey();
            Superblock superblock = entry.getValue();
            if (superblock.isSpare() || refused.containsKey(device)) {
                continue;
            }
            Refusal why = whyNot(device, superblock, best);
            if (why == null) {
                chosen.put(superblock.role(), device);
            } else {
                refused.put(device, why);
            }
        }
        return chosen;
    }

    private static @Nullable Refusal whyNot(BlockDevice device, Superblock superblock, Superblock best) {
        int role = superblock.role();
        if (role < 0
                || role >= best.roles().size()
                || !best.roles().get(role).member().equals(superblock.member())) {
            return new Refusal(Finding.Kind.FORMER, "is no longer a member: another took its role");
        }
        if (best.roles().get(role).state() == RoleState.FAILED) {
            return new Refusal(
                    Finding.Kind.STALE,
                    "failed or was missing when the array was last written: events " + superblock.events() + " found, "
                            + best.events() + " expected; replace it");
        }
        long size = device.geometry().size();
        if (size < superblock.regions().memberSize()) {
            return new Refusal(
                    Finding.Kind.CUT_SHORT,
                    "was cut short: " + size + " bytes found, "
                            + superblock.regions().memberSize() + " expected; replace it");
        }
        return null;
    }

    /** Refuses if the level cannot do without the others. */
    void requireEnough(Superblock best, Set<Integer> usable) throws DeviceException {
        if (!isEnough(best, usable)) {
            int roles = best.roles().size();
            throw refusal(
                    best.name(),
                    usable.size() + " usable of " + roles + " members found, roles "
                            + usable.stream().sorted().toList() + ", " + expected(best.level(), roles) + " expected"
                            + (refused.isEmpty() ? "" : ": " + reasons()) + "; bring the missing members");
        }
    }

    /** Whether the level can do without the others. */
    static boolean isEnough(Superblock best, Set<Integer> usable) {
        int absent = 0;
        for (int role = 0; role < best.roles().size(); role++) {
            absent |= usable.contains(role) ? 0 : 1 << role;
        }
        return best.map().layout().survives(absent);
    }

    private static String expected(Level level, int roles) {
        return switch (level) {
            case RAID0 -> "all";
            case RAID1 -> "1 or more";
            case RAID3, RAID5 -> (roles - 1) + " or more";
            case RAID6 -> (roles - 2) + " or more";
            case RAID10 -> "one of every two neighbours";
        };
    }

    /** Why devices are not used, as words for a message. */
    String reasons() {
        List<String> reasons = new ArrayList<>();
        refused.forEach((device, refusal) -> reasons.add(device.name() + " " + refusal.why()));
        return String.join(", ", reasons);
    }

    private String names() {
        return devices.stream().map(BlockDevice::name).toList().toString();
    }

    private static DeviceException refusal(String array, String why) {
        return new DeviceException(Code.GONE, "array " + array, why);
    }
}
