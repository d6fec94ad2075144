package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Gives a mirror one more member. Blocking; the array serves but for a moment.
 *
 * <p>The leg gets its superblock first, with as many events as the others: a cut before these know it finds the array with or
 * without the leg, which holds nothing yet; and once the array has been used without it, what the leg says is old.
 */
final class NewLeg {

    private final ArrayCore core;
    private final Handover handover;
    private final BlockDevice blank;

    NewLeg(ArrayCore core, Handover handover, BlockDevice blank) {
        this.core = core;
        this.handover = handover;
        this.blank = blank;
    }

    /** Does it; afterwards the leg is to be rebuilt. */
    void run() throws DeviceException {
        requireMirror();
        Replacement.checkUsable(core, blank);
        Regions regions = Replacement.fit(core, blank);
        Formatter.clear(blank, regions);
        List<Member> legs = new ArrayList<>();
        handover.run(() -> add(regions, legs));
        if (!legs.getFirst().isActive()) {
            throw new DeviceException(Code.GONE, blank.name(), "failed while it was put in: replace it with another");
        }
    }

    private void requireMirror() throws DeviceException {
        Level level = core.map.level();
        String why =
                switch (level) {
                    case RAID0, RAID10 -> "its chunks go round over all members, so that nearly all would have to move";
                    case RAID3, RAID6 -> "every stripe would have to be cut anew";
                    case RAID5 -> "it has no legs, but may get one more member by a reshape";
                    case RAID1 -> level.allows(core.roles() + 1) ? "" : "it has as many as there may be";
                };
        if (!why.isEmpty()) {
            throw new DeviceException(
                    Code.UNSUPPORTED,
                    core.deviceName(),
                    level + " of " + core.roles() + " members found, RAID1 of 2 to 7 expected for one leg more: " + why);
        }
    }

    private ArrayCore add(Regions regions, List<Member> legs) throws DeviceException {
        UUID uuid = UUID.randomUUID();
        RoleState state = core.sabotage == Sabotage.NEW_LEG_COUNTS ? RoleState.IN_SYNC : RoleState.REBUILDING;
        var role = new Superblock.Role(uuid, state, false, 0);
        Superblock before = core.membership.superblock(core.activeMembers().getFirst());
        List<Superblock.Role> roles = new ArrayList<>(before.roles());
        roles.add(role);
        Superblock own = new Superblock(
                core.uuid,
                uuid,
                before.events(),
                core.map.level(),
                core.roles(),
                core.map.chunkBytes(),
                false,
                true,
                blank.geometry().discardZeroes(),
                core.verifiesReads,
                before.scrubbedBands(),
                regions,
                core.name,
                roles);
        // As on any member at a start: a head that claims no more than is settled on the others.
        long settled = core.journal.settledSequence();
        Formatter.writeHead(blank, new JournalHead(core.uuid, core.journal.generation(), 1, settled, 0));
        BlockIo.flush(blank);
        BlockIo.await(blank, SuperblockStore.write(blank, own));
        ChecksumTable checksums = new ChecksumTable(regions.dataLength() / core.map.cell());
        Member leg = new Member(core.roles(), blank, own, role, checksums, new BadBlockLog());
        leg.headUpdate = 1;
        legs.add(leg);
        List<@Nullable Member> members = new ArrayList<>();
        for (int each = 0; each < core.roles(); each++) {
            Member member = core.members.get(each);
            members.add(member == null ? null : new Member(member, member.regions(), member.checksums));
        }
        members.add(leg);
        return new ArrayCore(core, own, members, core.journal.bitmapOf(core.bandCount));
    }
}
