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

/** Gives a role whose member failed or is missing to a blank device. Blocking; the array goes on serving. */
final class Replacement {

    private final ArrayCore core;
    private final int role;
    private final BlockDevice blank;

    Replacement(ArrayCore core, int role, BlockDevice blank) {
        this.core = core;
        this.role = role;
        this.blank = blank;
    }

    /** Does it; afterwards the member is to be rebuilt, from the start. */
    void run() throws DeviceException {
        Member before = core.members.get(role);
        if (before != null && before.isActive()) {
            throw new DeviceException(
                    Code.UNSUPPORTED,
                    core.deviceName(),
                    "role " + role + " is " + before.state() + " on " + before.device.name()
                            + ", a failed one expected: fail it first");
        }
        checkUsable(core, blank);
        Regions regions = fit(core, blank);
        Formatter.clear(blank, regions);
        UUID uuid = UUID.randomUUID();
        var current = new Superblock.Role(uuid, RoleState.REBUILDING, core.membership.isWriteMostly(role), 0);
        Superblock own = new Superblock(
                core.uuid,
                uuid,
                0,
                core.map.level(),
                role,
                core.map.chunkBytes(),
                false,
                true,
                blank.geometry().discardZeroes(),
                core.verifiesReads,
                0,
                regions,
                core.name,
                Collections.nCopies(core.roles(), current));
        Member member = new Member(
                role,
                blank,
                own,
                current,
                new ChecksumTable(regions.dataLength() / core.map.cell()),
                new BadBlockLog());
        // Nothing that was prepared for the member before may be on its way when the new one takes its place.
        core.journal.drain().join();
        core.journal.checkpoint().join();
        // The ring begins empty. Its head may not claim more than is settled on the others, or their replay would end
        // early.
        member.headUpdate = 1;
        long settled = core.journal.settledSequence();
        Formatter.writeHead(blank, new JournalHead(core.uuid, core.journal.generation(), 1, settled, 0));
        Journal.BitmapPage page = core.journal.bitmapPage();
        BlockIo.write(blank, page.offset(), page.page(), WriteMode.CACHED);
        BlockIo.flush(blank);
        core.membership
                .change(() -> {
                    core.membership.uuid(role, uuid);
                    core.members.set(role, member);
                })
                .join();
        @Nullable DeviceException dead = core.dead();
        if (dead != null) {
            throw dead;
        }
        if (!member.isActive()) {
            throw new DeviceException(Code.GONE, blank.name(), "failed while it was put in: take another");
        }
        core.publish(ArrayEvent.Type.REPLACED, role, blank.name() + " takes the role");
    }

    /** Refuses a device that belongs to another array, or is in use in this one. */
    static void checkUsable(ArrayCore core, BlockDevice blank) throws DeviceException {
        List<String> users = new ArrayList<>();
        for (Member member : core.activeMembers()) {
            if (member.device.equals(blank)) {
                users.add("role " + member.role);
            }
        }
        Superblock superblock = SuperblockStore.read(blank).superblock();
        boolean former = superblock != null && superblock.array().equals(core.uuid);
        if (!users.isEmpty()) {
            throw new DeviceException(Code.BUSY, blank.name(), "is " + users + " already: take another device");
        }
        if (!former) {
            Formatter.checkBlank(blank);
        }
    }

    /** Divides a device so that it holds what each member holds. */
    static Regions fit(ArrayCore core, BlockDevice blank) throws DeviceException {
        Regions regions = Formatter.regions(blank, core.map);
        long needed = core.bandCount * core.map.bandBytes();
        if (regions.dataLength() < needed) {
            long journal = core.activeMembers().stream()
                    .mapToLong(member -> member.ring.length())
                    .min()
                    .orElse(regions.journalLength());
            regions = Regions.tight(blank.name(), blank.geometry().size(), core.map, journal);
        }
        if (regions.dataLength() < needed) {
            throw new DeviceException(
                    Code.OUT_OF_RANGE,
                    blank.name(),
                    "room for " + regions.dataLength() + " bytes of data found, " + needed
                            + " expected: take a larger device");
        }
        return regions.withDataLength(needed);
    }
}
