package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.WriteMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The steps by which a device comes to a running array. Blocking. */
final class Newcomer {

    private Newcomer() {}

    /** Refuses a device that the array uses, and one that belongs to another array. */
    static void checkFree(ArrayCore core, BlockDevice device) throws DeviceException {
        List<String> uses = new ArrayList<>();
        for (int role = 0; role < core.roles(); role++) {
            for (Member member : core.targets(role)) {
                if (member.device.equals(device)) {
                    uses.add("role " + role);
                }
            }
        }
        for (Spare spare : core.membership.spares()) {
            if (spare.device().equals(device)) {
                uses.add("a spare");
            }
        }
        if (!uses.isEmpty()) {
            throw new DeviceException(Code.BUSY, device.name(), "is " + uses + " already: take another device");
        }
        Superblock superblock = SuperblockStore.read(device).superblock();
        boolean former = superblock != null && superblock.array().equals(core.uuid);
        if (!former) {
            Formatter.checkBlank(device);
        }
    }

    /** Divides a device so that it holds what each member holds. */
    static Regions fit(ArrayCore core, BlockDevice device) throws DeviceException {
        Regions regions = Formatter.regions(device, core.map);
        long needed = core.bandCount * core.map.bandBytes();
        if (regions.dataLength() < needed) {
            long journal = core.activeMembers().stream()
                    .mapToLong(member -> member.ring.length())
                    .min()
                    .orElse(regions.journalLength());
            regions = Regions.tight(device.name(), device.geometry().size(), core.map, journal);
        }
        if (regions.dataLength() < needed) {
            throw new DeviceException(
                    Code.OUT_OF_RANGE,
                    device.name(),
                    "room for " + regions.dataLength() + " bytes of data found, " + needed
                            + " expected: take a larger device");
        }
        return regions.withDataLength(needed);
    }

    /** A member that holds nothing yet. */
    static Member blank(ArrayCore core, int role, Spare on) {
        boolean writeMostly = core.membership.isWriteMostly(role);
        var current = new Superblock.Role(on.uuid(), RoleState.REBUILDING, writeMostly, 0);
        return new Member(
                role,
                on.device(),
                superblock(core, role, on, current),
                current,
                new ChecksumTable(on.regions().dataLength() / core.map.cell()),
                new BadBlockLog());
    }

    private static Superblock superblock(ArrayCore core, int role, Spare on, Superblock.Role current) {
        return new Superblock(
                core.uuid,
                on.uuid(),
                0,
                core.map.level(),
                role,
                core.map.chunkBytes(),
                false,
                true,
                on.zeroed(),
                core.verifiesReads,
                core.policy,
                0,
                on.regions(),
                core.name,
                Collections.nCopies(core.roles(), current));
    }

    /** A device that is divided, with a UUID of its own, not written to yet. */
    static Spare divide(ArrayCore core, BlockDevice device) throws DeviceException {
        return new Spare(
                UUID.randomUUID(), device, fit(core, device), device.geometry().discardZeroes());
    }

    /**
     * Makes a device that holds what its member says the holder of its role. Durable when it returns; then it is to be rebuilt.
     *
     * @param spare what the device was until now, if it was a spare
     */
    static void takeRole(ArrayCore core, Member member, @Nullable Spare spare) throws DeviceException {
        // Nothing that was prepared for the member before may be on its way when the new one takes its place.
        core.journal.drain().join();
        core.journal.checkpoint().join();
        writeJournal(core, member);
        BlockIo.flush(member.device);
        core.membership
                .change(() -> {
                    core.membership.uuid(member.role, member.uuid);
                    core.members.set(member.role, member);
                    if (spare != null) {
                        core.membership.removeSpare(spare);
                    }
                })
                .join();
        @Nullable DeviceException dead = core.dead();
        if (dead != null) {
            throw dead;
        }
        if (!member.isActive()) {
            throw new DeviceException(Code.GONE, member.device.name(), "failed while it was put in: take another");
        }
    }

    /**
     * Writes a ring that begins empty, and the bitmap. Not durable. The head may not claim more than is settled on the others, or their
     * replay would end early.
     */
    static void writeJournal(ArrayCore core, Member member) throws DeviceException {
        member.headUpdate++;
        long settled = core.journal.settledSequence();
        Formatter.writeHead(
                member.device, new JournalHead(core.uuid, core.journal.generation(), member.headUpdate, settled, 0));
        Intent.Page page = core.intent.page();
        BlockIo.write(member.device, page.offset(), page.bytes(), WriteMode.CACHED);
    }
}
