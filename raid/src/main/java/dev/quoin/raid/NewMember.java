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
 * Gives an array one more member: a leg of a mirror, which is to be rebuilt then, or one more for a RAID 5 array, whose blocks are to
 * be moved then. Blocking; the array serves but for a moment.
 *
 * <p>The new member gets its superblock first, with as many events as the others: a cut before these know it finds the array with or
 * without it, which holds nothing yet; and once the array has been used without it, what it says is old.
 */
final class NewMember {

    private final ArrayCore core;
    private final Handover handover;
    private final BlockDevice blank;

    NewMember(ArrayCore core, Handover handover, BlockDevice blank) {
        this.core = core;
        this.handover = handover;
        this.blank = blank;
    }

    /** Does it for a mirror; afterwards the leg is to be rebuilt. */
    void asLeg() throws DeviceException {
        requireMirror();
        run(core.sabotage == Sabotage.NEW_LEG_COUNTS ? RoleState.IN_SYNC : RoleState.REBUILDING, null);
    }

    /** Does it for RAID 5; afterwards all is in the layout of the members before. */
    void forReshape() throws DeviceException {
        Level level = core.map.level();
        boolean fits = level == Level.RAID5 && level.allows(core.roles() + 1) && core.frontier == null;
        if (!fits || !core.isOptimal()) {
            throw new DeviceException(
                    Code.UNSUPPORTED,
                    core.deviceName(),
                    level + " of " + core.roles() + " members found"
                            + (core.frontier == null ? "" : ", which is being reshaped already")
                            + (core.isOptimal() ? "" : ", not all of them in sync")
                            + "; RAID5 of 3 to 31 members, all in sync, expected for one member more");
        }
        // Of the new member what it lacks is made up for as if it were there from the beginning: it holds no block yet.
        run(RoleState.IN_SYNC, new Superblock.Reshape(core.roles(), 0));
    }

    private void run(RoleState state, Superblock.@Nullable Reshape reshape) throws DeviceException {
        Newcomer.checkFree(core, blank);
        Regions regions = Newcomer.fit(core, blank);
        Formatter.clear(blank, regions);
        List<Member> added = new ArrayList<>();
        handover.run(() -> add(regions, new Superblock.Role(UUID.randomUUID(), state, false, 0), reshape, added));
        if (!added.getFirst().isActive()) {
            throw new DeviceException(Code.GONE, blank.name(), "failed while it was put in: replace it with another");
        }
    }

    private void requireMirror() throws DeviceException {
        Level level = core.map.level();
        String why = switch (level) {
            case RAID0, RAID10 -> "its chunks go round over all members, so that nearly all would have to move";
            case RAID3, RAID6 -> "every stripe would have to be cut anew";
            case RAID5 -> "it has no legs, but may get one more member by a reshape";
            case RAID1 -> level.allows(core.roles() + 1) ? "" : "it has as many as there may be";
        };
        if (!why.isEmpty()) {
            throw new DeviceException(
                    Code.UNSUPPORTED,
                    core.deviceName(),
                    level + " of " + core.roles() + " members found, RAID1 of 2 to 7 expected for one leg more: "
                            + why);
        }
    }

    private ArrayCore add(
            Regions regions, Superblock.Role role, Superblock.@Nullable Reshape reshape, List<Member> added)
            throws DeviceException {
        Superblock before = core.membership.superblock(core.activeMembers().getFirst());
        List<Superblock.Role> roles = new ArrayList<>(before.roles());
        roles.add(role);
        Superblock own = new Superblock(
                core.uuid,
                role.member(),
                before.events(),
                core.map.level(),
                core.roles(),
                core.map.chunkBytes(),
                false,
                true,
                blank.geometry().discardZeroes(),
                core.verifiesReads,
                core.policy,
                0,
                regions,
                core.name,
                roles,
                before.spares(),
                reshape);
        // As on any member at a start: a head that claims no more than is settled on the others.
        long settled = core.journal.settledSequence();
        Formatter.writeHead(blank, new JournalHead(core.uuid, core.journal.generation(), 1, settled, 0));
        BlockIo.flush(blank);
        BlockIo.await(blank, SuperblockStore.write(blank, own));
        ChecksumTable checksums = new ChecksumTable(regions.dataLength() / core.map.cell());
        Member newcomer = new Member(core.roles(), blank, own, role, checksums, new BadBlockLog());
        newcomer.headUpdate = 1;
        added.add(newcomer);
        List<@Nullable Member> members = new ArrayList<>();
        for (int each = 0; each < core.roles(); each++) {
            Member member = core.members.get(each);
            members.add(member == null ? null : new Member(member, member.regions(), member.checksums));
        }
        members.add(newcomer);
        return new ArrayCore(core, own, members, core.intent.copy(core.bandCount));
    }
}
