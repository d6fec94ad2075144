package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which devices are the members of an array, and brings the array to where it can run. Blocking.
 *
 * <p>The superblock with the most events says who the members are. One of them is used if it has as many events, or fewer while
 * nothing was written under the changes that it lacks. All others are stale, and what they hold is not looked at. Two devices
 * that claim to be the same member, members of several arrays, an array whose creation was cut short, and more absent members than
 * the level can do without, are refused.
 */
final class Assembler {

    private static final Logger LOG = LoggerFactory.getLogger(Assembler.class);

    private final List<BlockDevice> devices;
    private final Delay delay;
    private final Sabotage sabotage;
    /** Why a device is not used, in the order of discovery. */
    private final Map<BlockDevice, String> refused = new LinkedHashMap<>();

    Assembler(List<BlockDevice> devices, Delay delay, Sabotage sabotage) {
        this.devices = List.copyOf(devices);
        this.delay = delay;
        this.sabotage = sabotage;
    }

    /** The array, running, with its superblocks saying so. */
    ArrayCore assemble() throws DeviceException {
        Map<BlockDevice, Superblock> found = examine();
        Superblock best = best(found);
        found.replaceAll((device, superblock) -> inItsRole(best, superblock));
        while (true) {
            Map<Integer, BlockDevice> chosen = choose(found, best);
            requireEnough(best, chosen.keySet());
            try {
                ArrayCore core = open(best, found, chosen);
                if (core != null) {
                    return core;
                }
            } catch (MemberTrouble trouble) {
                // Without it, if the others are enough.
                refused.put(trouble.device, trouble.reason);
            }
        }
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

    /** One member cannot be used, for a reason that shows only when it is opened. */
    private static final class MemberTrouble extends Exception {
        private static final long serialVersionUID = 1L;
        private final transient BlockDevice device;
        private final String reason;

        MemberTrouble(BlockDevice device, String reason) {
            super(reason);
            this.device = device;
            this.reason = reason;
        }
    }

    private Map<BlockDevice, Superblock> examine() {
        Map<BlockDevice, Superblock> found = new LinkedHashMap<>();
        for (BlockDevice device : devices) {
            SuperblockStore.Found store = SuperblockStore.read(device);
            Superblock superblock = store.superblock();
            if (superblock != null) {
                found.put(device, superblock);
            } else {
                refused.put(device, store.blank() ? blank(device) : String.join("; ", store.damage()));
            }
        }
        return found;
    }

    private static String blank(BlockDevice device) {
        return MdSuperblockStore.owner(device).map(owner -> "is " + owner).orElse("is blank");
    }

    private Superblock best(Map<BlockDevice, Superblock> found) throws DeviceException {
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
                throw refusal(
                        superblock.name(),
                        other.name() + " and " + entry.getKey().name() + " both claim to be member " + superblock.role()
                                + ": one is a copy; take it away");
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
                throw refusal(
                        best.name(),
                        entry.getKey().name() + " (role " + entry.getValue().role() + ") and "
                                + claims.get(best.member()).name() + " (role " + best.role()
                                + ") each say that the other failed: they were used apart; name only those whose"
                                + " writes are to be kept, and replace the others");
            }
        }
        if (!best.complete()) {
            throw refusal(best.name(), "its creation did not come to its end: wipe the members and create it again");
        }
        return best;
    }

    /**
     * Whether two members were in use while each took the other for failed, as halves of a mirror can be. Not if a third was in use with
     * both: then one failed after the other, and the first is back.
     */
    private static boolean isOtherHalf(Superblock best, Superblock other) {
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
    private Map<Integer, BlockDevice> choose(Map<BlockDevice, Superblock> found, Superblock best) {
        Map<Integer, BlockDevice> chosen = new HashMap<>();
        for (Map.Entry<BlockDevice, Superblock> entry : found.entrySet()) {
            BlockDevice device = entry.getKey();
            Superblock superblock = entry.getValue();
            if (superblock.isSpare()) {
                continue;
            }
            String why = refused.get(device);
            if (why == null) {
                why = whyNot(device, superblock, best);
            }
            if (why == null) {
                chosen.put(superblock.role(), device);
            } else {
                refused.put(device, why);
            }
        }
        return chosen;
    }

    private static @Nullable String whyNot(BlockDevice device, Superblock superblock, Superblock best) {
        int role = superblock.role();
        if (role < 0
                || role >= best.roles().size()
                || !best.roles().get(role).member().equals(superblock.member())) {
            return "is no longer a member: another took its role";
        }
        if (best.roles().get(role).state() == RoleState.FAILED) {
            return "failed or was missing when the array was last written: replace it";
        }
        long size = device.geometry().size();
        if (size < superblock.regions().memberSize()) {
            return "was cut short: " + size + " bytes found, "
                    + superblock.regions().memberSize() + " expected; replace it";
        }
        return null;
    }

    private void requireEnough(Superblock best, Set<Integer> usable) throws DeviceException {
        int roles = best.roles().size();
        int absent = 0;
        for (int role = 0; role < roles; role++) {
            absent |= usable.contains(role) ? 0 : 1 << role;
        }
        Layout layout = best.map().layout();
        if (!layout.survives(absent)) {
            throw refusal(
                    best.name(),
                    usable.size() + " usable of " + roles + " members found, roles "
                            + usable.stream().sorted().toList() + ", " + expected(best.level(), roles) + " expected: "
                            + reasons() + "; bring the missing members");
        }
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

    private @Nullable ArrayCore open(
            Superblock best, Map<BlockDevice, Superblock> found, Map<Integer, BlockDevice> chosen)
            throws DeviceException, MemberTrouble {
        List<@Nullable Member> members = new ArrayList<>();
        List<@Nullable JournalHead> heads = new ArrayList<>();
        for (int role = 0; role < best.roles().size(); role++) {
            BlockDevice device = chosen.get(role);
            if (device == null) {
                members.add(null);
                heads.add(null);
                continue;
            }
            Member member = openMember(best, device, Objects.requireNonNull(found.get(device)));
            JournalHead head = readHead(device, best);
            // The next head goes to the other slot than the newest.
            member.headUpdate = head.update();
            members.add(member);
            heads.add(head);
        }
        requireInSync(best, members);
        Addressing map = best.map();
        BlockChecksum checksum = new BlockChecksum(best.array(), map.cell());
        long generation = 0;
        for (JournalHead head : heads) {
            generation = Math.max(generation, head == null ? 0 : head.generation());
        }
        List<@Nullable JournalScan> scans = new ArrayList<>();
        long events = generation;
        for (int role = 0; role < members.size(); role++) {
            JournalScan scan = scan(members.get(role), heads.get(role), generation, best.array(), map, checksum);
            scans.add(scan);
            for (JournalScan.Found part :
                    scan == null ? List.<JournalScan.Found>of() : List.copyOf(scan.parts.values())) {
                events = Math.max(events, part.part().events());
            }
        }
        requireJournals(members, scans);
        if (refuseStale(found, chosen, events)) {
            return null;
        }
        withdrawExport(best, found, members);
        IntentBitmap bitmap = bitmap(best, members, map);
        JournalReplay replay = new JournalReplay(best, map, checksum, members, scans, sabotage);
        JournalChain chain = replay.run(bitmap);
        refused.putAll(replay.failed());
        if (!chain.batches.isEmpty()) {
            LOG.info("journal replayed; array={} batches={}", best.name(), chain.batches.size());
        }
        for (Member member : members) {
            if (member != null && (chain.rebuildAgain & 1 << member.role) != 0) {
                member.rebuilt.restart();
            }
        }
        var leftovers = new Leftovers(members, map);
        leftovers.ofRebuilds();
        if (!best.clean()) {
            leftovers.ofWrites(bitmap, map.bands(best.regions().dataLength()));
        }
        requireInSync(best, members);
        return start(moved(best, chain), members, bitmap, events, Spare.listed(found, best, refused));
    }

    /** What was moved to a new layout is known from the superblocks, or from the journals if that was later. */
    private static Superblock moved(Superblock best, JournalChain chain) {
        Superblock.Reshape reshape = best.reshape();
        if (reshape == null) {
            return best;
        }
        var frontier = new Frontier(reshape.moved());
        chain.batches.forEach(batch -> batch.changes().forEach(change -> frontier.isPlaced(change.band())));
        return best.withReshape(new Superblock.Reshape(reshape.members(), frontier.placed()));
    }

    /** Before anything is written: afterwards the members are not any more what their superblocks of Linux md say. */
    private static void withdrawExport(
            Superblock best, Map<BlockDevice, Superblock> found, List<@Nullable Member> members)
            throws DeviceException, MemberTrouble {
        long[] events = new long[members.size()];
        for (Member member : members) {
            if (member != null) {
                events[member.role] =
                        Objects.requireNonNull(found.get(member.device)).events();
            }
        }
        Member stubborn = MdExport.withdraw(best.name(), members, best.array(), events);
        if (stubborn != null) {
            throw new MemberTrouble(
                    stubborn.device, "holds a superblock of Linux md that cannot be taken away; replace it");
        }
    }

    /**
     * A member that lacks the last changes is current nevertheless if nothing was written since those that it knows: then the
     * power went while the changes were being recorded. A change is recorded on all before anything is written under it,
     * and journal heads and parts say under which they were written.
     */
    private boolean refuseStale(Map<BlockDevice, Superblock> found, Map<Integer, BlockDevice> chosen, long events) {
        boolean any = false;
        for (BlockDevice device : chosen.values()) {
            long own = Objects.requireNonNull(found.get(device)).events();
            if (own < events) {
                refused.put(device, "is stale: events " + own + " found, " + events + " or more expected; replace it");
                any = true;
            }
        }
        return any;
    }

    private static Member openMember(Superblock best, BlockDevice device, Superblock own) throws MemberTrouble {
        // The newest superblock says how much the array holds: one that was not reached yet when it grew has room for
        // it.
        Superblock current =
                own.withRegions(own.regions().withDataLength(best.regions().dataLength()));
        if (!current.regions().hasRoomForChecksums(best.map().cell())) {
            throw new MemberTrouble(
                    device,
                    "has room for fewer checksums than " + best.regions().dataLength()
                            + " bytes of data need; replace it");
        }
        try {
            return new Member(
                    own.role(),
                    device,
                    current,
                    best.roles().get(own.role()),
                    ChecksumTable.load(device, current.regions(), best.map().cell()),
                    BadBlockLog.load(device, own.array()));
        } catch (DeviceException unreadable) {
            throw new MemberTrouble(device, "its metadata cannot be read: " + unreadable.getMessage());
        }
    }

    private static JournalHead readHead(BlockDevice device, Superblock best) throws MemberTrouble {
        try {
            JournalHead head = JournalScan.readHead(device, best.array());
            if (head == null) {
                throw new MemberTrouble(device, "both heads of its journal are damaged; replace it");
            }
            return head;
        } catch (DeviceException unreadable) {
            throw new MemberTrouble(device, "its journal cannot be read: " + unreadable.getMessage());
        }
    }

    /** A member without the journal of a start under which something was written has lost what it said to have. */
    private static void requireJournals(List<@Nullable Member> members, List<@Nullable JournalScan> scans)
            throws MemberTrouble {
        boolean any = scans.stream().anyMatch(scan -> scan != null && !scan.parts.isEmpty());
        for (Member member : members) {
            if (any && member != null && member.state() == RoleState.IN_SYNC && scans.get(member.role) == null) {
                throw new MemberTrouble(
                        member.device, "has lost the head of its journal that it said to have written; replace it");
            }
        }
    }

    private static @Nullable JournalScan scan(
            @Nullable Member member,
            @Nullable JournalHead head,
            long generation,
            UUID array,
            Addressing map,
            BlockChecksum checksum)
            throws MemberTrouble {
        if (member == null || head == null || head.generation() != generation) {
            return null;
        }
        try {
            return JournalScan.scan(member, head, array, map, checksum);
        } catch (DeviceException unreadable) {
            throw new MemberTrouble(member.device, "its journal cannot be read: " + unreadable.getMessage());
        }
    }

    private void requireInSync(Superblock best, List<@Nullable Member> members) throws DeviceException {
        Set<Integer> inSync = new HashSet<>();
        for (Member member : members) {
            if (member != null && member.state() == RoleState.IN_SYNC) {
                inSync.add(member.role);
            }
        }
        requireEnough(best, inSync);
    }

    private static IntentBitmap bitmap(Superblock best, List<@Nullable Member> members, Addressing map)
            throws MemberTrouble {
        long bands = map.bands(best.regions().dataLength());
        IntentBitmap all = IntentBitmap.empty(best.array(), bands, map.bandBytes());
        for (Member member : members) {
            for (int slot = 0; member != null && slot < 2; slot++) {
                long offset = Regions.BITMAP_OFFSET + (long) slot * IntentBitmap.SIZE;
                try {
                    IntentBitmap one =
                            IntentBitmap.decode(BlockIo.read(member.device, offset, IntentBitmap.SIZE), best.array());
                    if (one != null) {
                        all.addAll(one);
                    }
                } catch (DeviceException unreadable) {
                    throw new MemberTrouble(member.device, "its bitmap cannot be read: " + unreadable.getMessage());
                }
            }
        }
        return all;
    }

    private ArrayCore start(
            Superblock best, List<@Nullable Member> members, IntentBitmap bitmap, long events, List<Spare> spares)
            throws DeviceException {
        Set<Integer> missing = new HashSet<>();
        for (int role = 0; role < members.size(); role++) {
            if (members.get(role) == null) {
                missing.add(role);
            }
        }
        ArrayCore core = new ArrayCore(best, members, bitmap, events, spares, delay, sabotage);
        core.membership.divideSpares();
        core.begin();
        refused.forEach((device, why) -> LOG.warn("device not used: {} {}; array={}", device.name(), why, best.name()));
        if (spares.size() < best.spares().size()) {
            core.publish(
                    ArrayEvent.Type.SPARES_MISSING,
                    -1,
                    spares.size() + " spares found, " + best.spares().size()
                            + " expected: add those that come back again");
        }
        if (!missing.isEmpty()) {
            core.publish(
                    ArrayEvent.Type.DEGRADED_ARRAY,
                    missing.iterator().next(),
                    "started without role " + missing + (refused.isEmpty() ? "" : ": " + reasons()));
        }
        return core;
    }

    private String reasons() {
        List<String> reasons = new ArrayList<>();
        refused.forEach((device, why) -> reasons.add(device.name() + " " + why));
        return String.join(", ", reasons);
    }

    private String names() {
        return devices.stream().map(BlockDevice::name).toList().toString();
    }

    private static DeviceException refusal(String array, String why) {
        return new DeviceException(Code.GONE, "array " + array, why);
    }
}
