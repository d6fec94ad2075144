package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the members that a {@link RollCall} believes to where they are a running array. Blocking.
 *
 * <p>A member is used if it has as many events as the newest superblock, or fewer while nothing was written under the changes that it
 * lacks. All others are stale, and what they hold is not looked at, unless the start is forced: then {@link StaleMembers} says
 * which of them may help, and {@link Distrust} what of them counts.
 */
final class Assembler {

    private static final Logger LOG = LoggerFactory.getLogger(Assembler.class);

    private final RollCall call;
    private final boolean force;
    private final Delay delay;
    private final Sabotage sabotage;

    /**
     * A start of an array.
     *
     * @param force whether it may go on where something is lost by that
     */
    Assembler(List<BlockDevice> devices, boolean force, Delay delay, Sabotage sabotage) {
        this.call = new RollCall(devices);
        this.force = force;
        this.delay = delay;
        this.sabotage = sabotage;
    }

    /** Who is there, and, after a start or a {@link #look}, why some are not used. */
    RollCall call() {
        return call;
    }

    /** The array, running, with its superblocks saying so. */
    ArrayCore assemble() throws DeviceException {
        return attempt(this::run);
    }

    /** How the start would go, as far as that can be known without writing. Nothing is written. */
    Outlook look() throws DeviceException {
        return attempt(opening -> {
            var replay = new JournalReplay(opening, force, sabotage);
            JournalChain chain = replay.look(opening.bitmap());
            return Outlook.of(opening, chain);
        });
    }

    private interface Step<R> {
        R of(Opening opening) throws DeviceException, MemberTrouble;
    }

    private <R> R attempt(Step<R> step) throws DeviceException {
        Superblock best = call.best();
        while (true) {
            try {
                Opening opening = open(best);
                if (opening != null) {
                    return step.of(opening);
                }
            } catch (MemberTrouble trouble) {
                // Without it, if the others are enough.
                call.refuse(trouble.device, Finding.Kind.UNUSABLE, trouble.reason);
            }
        }
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

    /** The members that are to be used, opened; null if one of them turned out to be stale, so that all is to be decided anew. */
    private @Nullable Opening open(Superblock best) throws DeviceException, MemberTrouble {
        Map<Integer, BlockDevice> chosen = call.choose(best);
        Map<Integer, Long> stale = new TreeMap<>();
        if (force) {
            StaleMembers.needed(call, best, chosen.keySet()).forEach((role, device) -> {
                stale.put(role, call.of(device).events());
                chosen.put(role, device);
            });
        }
        call.requireEnough(best, chosen.keySet());
        List<@Nullable Member> members = new ArrayList<>();
        List<@Nullable JournalHead> heads = new ArrayList<>();
        for (int role = 0; role < best.roles().size(); role++) {
            BlockDevice device = chosen.get(role);
            if (device == null) {
                members.add(null);
                heads.add(null);
                continue;
            }
            Member member = openMember(best, device, call.of(device), stale.containsKey(role));
            JournalHead head = readHead(device, best);
            // The next head goes to the other slot than the newest.
            member.headUpdate = head.update();
            members.add(member);
            // What a stale member has in its journal is older than what the others have in place.
            heads.add(stale.containsKey(role) ? null : head);
        }
        requireInSync(best, members);
        long generation = 0;
        for (JournalHead head : heads) {
            generation = Math.max(generation, head == null ? 0 : head.generation());
        }
        List<@Nullable JournalScan> scans = new ArrayList<>();
        BlockChecksum checksum = new BlockChecksum(best.array(), best.map().cell());
        long events = generation;
        for (int role = 0; role < members.size(); role++) {
            JournalScan scan = scan(members.get(role), heads.get(role), generation, best, checksum);
            scans.add(scan);
            for (JournalScan.Found part :
                    scan == null ? List.<JournalScan.Found>of() : List.copyOf(scan.parts.values())) {
                events = Math.max(events, part.part().events());
            }
        }
        var opening = new Opening(best, members, stale, scans, bitmap(best, members, stale), events);
        requireJournals(opening);
        return refuseStale(opening) ? null : opening;
    }

    private ArrayCore run(Opening opening) throws DeviceException, MemberTrouble {
        Superblock best = opening.best();
        List<@Nullable Member> members = opening.members();
        withdrawExport(best, members);
        var replay = new JournalReplay(opening, force, sabotage);
        JournalChain chain = replay.run(opening.bitmap());
        replay.failed().forEach((device, why) -> call.refuse(device, Finding.Kind.UNUSABLE, why));
        if (!chain.batches.isEmpty()) {
            LOG.info("journal replayed; array={} batches={}", best.name(), chain.batches.size());
        }
        for (Member member : members) {
            if (member != null && (chain.rebuildAgain & 1 << member.role) != 0) {
                member.rebuilt.restart();
            }
        }
        Outlook outlook = Outlook.of(opening, chain);
        if (outlook.isForced()) {
            outlook.loss().forEach(loss -> LOG.warn("forced start: {}; array={}", loss, best.name()));
            new Distrust(opening, chain.lost() > 0).run();
        }
        var leftovers = new Leftovers(members, best.map());
        leftovers.ofRebuilds();
        if (!best.clean() || outlook.isForced()) {
            leftovers.ofWrites(opening.bitmap(), opening.bands());
        }
        requireInSync(best, members);
        List<Spare> spares =
                Spare.listed(call.found(), best, (device, why) -> call.refuse(device, Finding.Kind.FORMER, why));
        return start(moved(best, chain), opening, spares);
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
    private void withdrawExport(Superblock best, List<@Nullable Member> members) throws DeviceException, MemberTrouble {
        long[] events = new long[members.size()];
        for (Member member : members) {
            if (member != null) {
                events[member.role] = call.of(member.device).events();
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
    private boolean refuseStale(Opening opening) {
        boolean any = false;
        for (Member member : opening.members()) {
            if (member == null || opening.isStale(member.role)) {
                continue;
            }
            long own = call.of(member.device).events();
            if (own < opening.events()) {
                call.refuse(
                        member.device,
                        Finding.Kind.STALE,
                        "is stale: events " + own + " found, " + opening.events() + " or more expected; replace it");
                any = true;
            }
        }
        return any;
    }

    private static Member openMember(Superblock best, BlockDevice device, Superblock own, boolean stale)
            throws MemberTrouble {
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
                    stale ? StaleMembers.role(best, own) : best.roles().get(own.role()),
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
    private static void requireJournals(Opening opening) throws MemberTrouble {
        List<@Nullable JournalScan> scans = opening.scans();
        boolean any = scans.stream().anyMatch(scan -> scan != null && !scan.parts.isEmpty());
        for (Member member : opening.members()) {
            if (any
                    && member != null
                    && !opening.isStale(member.role)
                    && member.state() == RoleState.IN_SYNC
                    && scans.get(member.role) == null) {
                throw new MemberTrouble(
                        member.device, "has lost the head of its journal that it said to have written; replace it");
            }
        }
    }

    private static @Nullable JournalScan scan(
            @Nullable Member member,
            @Nullable JournalHead head,
            long generation,
            Superblock best,
            BlockChecksum checksum)
            throws MemberTrouble {
        if (member == null || head == null || head.generation() != generation) {
            return null;
        }
        try {
            return JournalScan.scan(member, head, best.array(), best.map(), checksum);
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
        call.requireEnough(best, inSync);
    }

    /** What the members remember together. With stale ones everything, unless a current one has all that it wrote of it. */
    private static IntentBitmap bitmap(Superblock best, List<@Nullable Member> members, Map<Integer, Long> stale)
            throws MemberTrouble {
        Addressing map = best.map();
        long bands = map.bands(best.regions().dataLength());
        IntentBitmap all = IntentBitmap.empty(best.array(), bands, map.bandBytes());
        boolean anyWhole = false;
        for (Member member : members) {
            boolean whole = member != null && member.state() == RoleState.IN_SYNC && !stale.containsKey(member.role);
            for (int slot = 0; member != null && slot < 2; slot++) {
                long offset = Regions.BITMAP_OFFSET + (long) slot * IntentBitmap.SIZE;
                try {
                    ByteBuffer page = BlockIo.read(member.device, offset, IntentBitmap.SIZE);
                    IntentBitmap one = IntentBitmap.decode(page, best.array());
                    if (one != null) {
                        all.addAll(one);
                    }
                    whole &= one != null || IntentBitmap.isUnused(page);
                } catch (DeviceException unreadable) {
                    throw new MemberTrouble(member.device, "its bitmap cannot be read: " + unreadable.getMessage());
                }
            }
            anyWhole |= whole;
        }
        for (long band = 0; !stale.isEmpty() && !anyWhole && band < bands; band++) {
            all.set(band);
        }
        return all;
    }

    private ArrayCore start(Superblock best, Opening opening, List<Spare> spares) throws DeviceException {
        List<@Nullable Member> members = opening.members();
        Set<Integer> missing = new HashSet<>();
        for (int role = 0; role < members.size(); role++) {
            Member member = members.get(role);
            if (member == null) {
                missing.add(role);
            } else {
                call.accept(member.device);
            }
        }
        ArrayCore core = new ArrayCore(best, members, opening.bitmap(), opening.events(), spares, delay, sabotage);
        core.membership.divideSpares();
        core.begin();
        call.refusals()
                .forEach((device, why) ->
                        LOG.warn("device not used: {} {}; array={}", device.name(), why.why(), best.name()));
        if (spares.size() < best.spares().size()) {
            core.publish(
                    ArrayEvent.Type.SPARES_MISSING,
                    -1,
                    spares.size() + " spares found, " + best.spares().size()
                            + " expected: add those that come back again");
        }
        if (!missing.isEmpty()) {
            String reasons = call.reasons();
            core.publish(
                    ArrayEvent.Type.DEGRADED_ARRAY,
                    missing.iterator().next(),
                    "started without role " + missing + (reasons.isEmpty() ? "" : ": " + reasons));
        }
        return core;
    }
}
