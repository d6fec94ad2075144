package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.WriteMode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the members of an array that is not in use readable by Linux md, without Quoin: {@code mdadm --assemble --readonly}.
 *
 * <p>The placement is md's already ({@link Layout}). What md does not know of is made true on the members: the journal is settled,
 * what rots is repaired as far as that goes, and blocks that were never written hold zeroes. Last, each member gets a superblock of md
 * version 1.0 ({@link MdSuperblock}), 8 KiB before its end. After a power cut it is there only if all that it promises is.
 *
 * <p>The next start of the array takes the superblocks away, durably, before it writes anything; it refuses to start if Linux has
 * written under one of them ({@link #withdraw}).
 */
public final class MdExport {

    private static final Logger LOG = LoggerFactory.getLogger(MdExport.class);
    private static final long ZEROES_MAX = 64L * 1024 * 1024;

    private final ArrayCore core;
    private final int missing;
    private long zeroed;

    /**
     * What was exported.
     *
     * @param size of the array in bytes
     * @param members the names of the devices by role; empty where there is none
     * @param zeroedBytes how much was zeroed on all members
     * @param scrub what the check before found
     */
    public record Report(
            UUID array, Level level, long size, List<String> members, long zeroedBytes, ScrubReport scrub) {
        public Report {
            members = List.copyOf(members);
        }
    }

    private MdExport(ArrayCore core, int missing) {
        this.core = core;
        this.missing = missing;
    }

    /**
     * Exports an array. Blocking, for as long as reading all of it takes; durable. The array is closed afterwards, the devices
     * stay open.
     *
     * @param name of the array, compared with what the devices say
     * @param devices its members, in any order
     * @param now the date that the export gets
     * @throws DeviceException {@link Code#UNSUPPORTED} for RAID 3, {@link Code#BUSY} if a member is being rebuilt or
     *     added,
     *     {@link Code#GONE} if the devices are not the array or not all of its members, {@link Code#MEDIUM_ERROR} if there are
     *     blocks that cannot be repaired, or what a device fails with; then nothing was exported, or only some members were, which
     *     hold what they are to
     */
    public static Report run(String name, List<BlockDevice> devices, Instant now, Progress progress)
            throws DeviceException {
        return run(name, devices, now, progress, Delay.SYSTEM);
    }

    static Report run(String name, List<BlockDevice> devices, Instant now, Progress progress, Delay delay)
            throws DeviceException {
        int missing = check(name, devices);
        RaidArray array = RaidArray.assemble(devices, delay, Sabotage.NONE);
        MdExport export = new MdExport(array.core(), missing);
        ScrubReport scrub;
        try {
            export.requireMembers();
            scrub = export.scrub(array, progress);
            export.zero(progress);
        } finally {
            array.close();
        }
        export.requireMembers();
        List<String> members = export.publish(now);
        LOG.info("exported to Linux md; array={} events={}", name, export.core.membership.recordedEvents());
        return new Report(
                export.core.uuid, export.core.map.level(), array.geometry().size(), members, export.zeroed, scrub);
    }

    /** Looks whether the array can be exported, before anything is changed; gives the roles without a member, as bits. */
    private static int check(String name, List<BlockDevice> devices) throws DeviceException {
        String object = "array " + name;
        Superblock best = null;
        Set<UUID> present = new HashSet<>();
        for (BlockDevice device : devices) {
            Superblock found = SuperblockStore.read(device).superblock();
            if (found == null) {
                throw new DeviceException(
                        Code.GONE,
                        device.name(),
                        RaidArray.owner(device).orElse("a device without a superblock") + " found, a member of array '"
                                + name + "' expected");
            }
            if (!found.name().equals(name)) {
                throw new DeviceException(
                        Code.GONE,
                        device.name(),
                        "member " + found.role() + " of array '" + found.name() + "' found, one of array '" + name
                                + "' expected");
            }
            present.add(found.member());
            best = best == null || found.events() > best.events() ? found : best;
        }
        if (best == null) {
            throw new DeviceException(Code.GONE, object, "no devices found, its members expected");
        }
        if (best.level() == Level.RAID3) {
            throw new DeviceException(
                    Code.UNSUPPORTED,
                    object,
                    "RAID 3 found, RAID 0, 1, 5, 6 or 10 expected: Linux md has no such level; copy its data to an array of"
                            + " another level");
        }
        if (best.reshape() != null) {
            throw new DeviceException(
                    Code.BUSY,
                    object,
                    "a member is being added to its layout: start the array and let it come to its end first");
        }
        int missing = 0;
        for (int role = 0; role < best.roles().size(); role++) {
            missing |= isMissing(object, role, best.roles().get(role), present) ? 1 << role : 0;
        }
        return missing;
    }

    private static boolean isMissing(String object, int role, Superblock.Role member, Set<UUID> present)
            throws DeviceException {
        return switch (member.state()) {
            case FAILED -> true;
            case REBUILDING ->
                throw new DeviceException(
                        Code.BUSY,
                        object,
                        "member " + role + " is being rebuilt: start the array and let it come to its end first");
            case IN_SYNC -> {
                if (!present.contains(member.member())) {
                    throw new DeviceException(
                            Code.GONE,
                            object,
                            "member " + role + " is not among the devices, all members in use expected: name it too");
                }
                yield false;
            }
        };
    }

    /** Whether all members are still there that were when it began. */
    private void requireMembers() throws DeviceException {
        DeviceException dead = core.dead();
        if (dead != null) {
            throw dead;
        }
        int lost = core.notInSync() & ~missing;
        if (lost != 0) {
            throw new DeviceException(
                    Code.GONE,
                    core.deviceName(),
                    "member " + Integer.numberOfTrailingZeros(lost)
                            + " failed or is stale, all members in use expected: export again without it");
        }
    }

    private ScrubReport scrub(RaidArray array, Progress progress) throws DeviceException {
        // All of it, not only what an earlier scrub has left.
        core.membership.change(() -> core.membership.scrubMark(ScrubMark.NONE)).join();
        ScrubReport report;
        try {
            report = array.scrub((done, total) -> progress.at(done, 2 * total)).join();
        } catch (CompletionException failure) {
            if (failure.getCause() instanceof DeviceException known) {
                throw known;
            }
            throw failure;
        }
        if (report.unrepairable() != 0 || report.parityMismatches() != 0) {
            throw new DeviceException(
                    Code.MEDIUM_ERROR,
                    core.deviceName(),
                    report.unrepairable() + " blocks that cannot be repaired and " + report.parityMismatches()
                            + " rows that disagree found, none expected, since Linux md would give them out for good: start"
                            + " the array, write these blocks anew or give them up by writing zeroes, and export again");
        }
        return report;
    }

    /** Puts zeroes where nothing was ever written, on members that may hold something else there. */
    private void zero(Progress progress) throws DeviceException {
        long total = core.bandCount * core.map.bandBytes();
        for (Member member : core.activeMembers()) {
            long cells = member.zeroed ? 0 : total / core.map.cell();
            for (long cell = 0; cell < cells; ) {
                long end = cell;
                while (end < cells && member.checksums.get(end) == BlockChecksum.UNWRITTEN && !isFull(end - cell)) {
                    end++;
                }
                if (end > cell) {
                    zero(member, cell, end - cell);
                    progress.at(total + total * member.role / core.roles(), 2 * total);
                }
                cell = Math.max(end, cell + 1);
            }
        }
        progress.at(2 * total, 2 * total);
    }

    private boolean isFull(long cells) {
        return cells * core.map.cell() >= ZEROES_MAX;
    }

    private void zero(Member member, long cell, long cells) throws DeviceException {
        long length = cells * core.map.cell();
        if (!core.io.zeroInPlace(member, member.dataOffset(cell), length).join()) {
            requireMembers();
        }
        zeroed += length;
    }

    /** Writes the superblocks; gives the names of the devices by role. */
    private List<String> publish(Instant now) throws DeviceException {
        List<Integer> roles = new ArrayList<>();
        for (int role = 0; role < core.roles(); role++) {
            roles.add((missing & 1 << role) == 0 ? role : MdSuperblock.FAILED);
        }
        List<String> names = new ArrayList<>();
        for (int role = 0; role < core.roles(); role++) {
            Member member = roles.get(role) == role ? core.members.get(role) : null;
            names.add(member == null ? "" : member.device.name());
            if (member != null) {
                MdSuperblockStore.write(member.device, superblock(member, now, roles));
            }
        }
        return names;
    }

    private MdSuperblock superblock(Member member, Instant now, List<Integer> roles) {
        Level level = core.map.level();
        long dataSectors = member.regions().dataLength() / MdSuperblock.SECTOR;
        return new MdSuperblock(
                core.uuid,
                core.name,
                now.getEpochSecond(),
                level.number(),
                // Kernels since 5.4 want to be told which of two ways they lay out RAID 0 of members of several sizes.
                level == Level.RAID0 ? 2 : level.layoutNumber(),
                level == Level.RAID0 ? 0 : dataSectors,
                level == Level.RAID1 ? 0 : core.map.chunkBytes() / MdSuperblock.SECTOR,
                core.roles(),
                member.regions().dataOffset() / MdSuperblock.SECTOR,
                dataSectors,
                MdSuperblockStore.place(member.device) / MdSuperblock.SECTOR,
                member.role,
                member.uuid,
                member.writeMostly,
                now.getEpochSecond(),
                Math.max(1, now.getNano() / 1000),
                core.membership.recordedEvents(),
                true,
                roles);
    }

    /**
     * Takes the superblocks of md away, durably, from members that are about to be written. Nothing is taken away if Linux has
     * written under one of them.
     *
     * @param events of the members by role, as their own superblocks say
     * @return the member from which it could not be taken away; null if there is none
     */
    static @Nullable Member withdraw(String name, List<@Nullable Member> members, UUID array, long[] events)
            throws DeviceException {
        List<Member> exported = new ArrayList<>();
        for (Member member : members) {
            if (member == null) {
                continue;
            }
            MdSuperblock md;
            try {
                md = MdSuperblockStore.of(array, member.device).orElse(null);
            } catch (DeviceException unreadable) {
                // Whatever it is goes away; the others tell whether Linux has written.
                exported.add(member);
                continue;
            }
            if (md != null) {
                requireUnused(name, member, md, events[member.role]);
                exported.add(member);
            }
        }
        for (Member member : exported) {
            try {
                MdSuperblockStore.erase(member.device, WriteMode.FUA);
            } catch (DeviceException failure) {
                LOG.warn("superblock of Linux md cannot be erased; array={} role={}", name, member.role, failure);
                return member;
            }
        }
        if (!exported.isEmpty()) {
            LOG.info("export to Linux md taken back; array={} members={}", name, exported.size());
        }
        return null;
    }

    private static void requireUnused(String name, Member member, MdSuperblock md, long events) throws DeviceException {
        if (md.changedMicros() != 0 && md.events() == events) {
            return;
        }
        throw new DeviceException(
                Code.GONE,
                "array " + name,
                member.device.name() + " (role " + member.role
                        + ") was used by Linux md since it was exported, last at "
                        + Instant.ofEpochSecond(md.changedSeconds()) + ", and not only read: its checksums may be wrong"
                        + " now. To keep what Linux wrote, copy the data from md to a new array. To give it up, take the"
                        + " superblocks of md away (mdadm --zero-superblock on each member), start the array and scrub it");
    }
}
