package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.device.WriteMode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Brings a member back that failed or was missing: where the bitmap has no bit, what it holds is current still. Blocking.
 *
 * <p>Bits are only cleared while every role has a member in sync. So while a role has not been given to another device, the bitmap
 * tells everything that its member may lack since it was in sync. That holds for the device as it was then: not for an
 * older copy of it, and not for one that was used meanwhile by an array without the others.
 */
final class Return {

    private final ArrayCore core;
    private final BlockDevice device;
    private final Superblock own;

    Return(ArrayCore core, BlockDevice device, Superblock own) {
        this.core = core;
        this.device = device;
        this.own = own;
    }

    /** Whether the device is the last one that had its role, which nobody has now. */
    boolean isFormerHolder() {
        int role = own.role();
        if (role < 0 || role >= core.roles() || !core.membership.uuid(role).equals(own.member())) {
            return false;
        }
        Member holder = core.members.get(role);
        return holder == null || !holder.isActive();
    }

    /** Why a former holder cannot catch up and has to be rebuilt whole; null if it can. */
    @Nullable String whyNot() {
        if (!isDividedAlike()) {
            return "it is divided otherwise";
        }
        Superblock.Role itself = own.roles().get(own.role());
        boolean wasCurrent = itself.state() == RoleState.IN_SYNC || itself.catchesUp();
        if (!itself.member().equals(own.member()) || !wasCurrent) {
            return "it was not current before";
        }
        long least = core.membership.seenEvents(own.role());
        if (own.events() < least || own.events() > core.membership.recordedEvents()) {
            return "events " + own.events() + " found, " + least + " to " + core.membership.recordedEvents()
                    + " expected: it is not what failed";
        }
        List<Superblock.Role> now = core.membership.roles();
        for (int role = 0; role < core.roles(); role++) {
            if (!own.roles().get(role).member().equals(now.get(role).member())) {
                return "it knows another member in role " + role + ", which was replaced meanwhile";
            }
        }
        return own.sharesMember(now) ? null : "it was used apart from the others";
    }

    private boolean isDividedAlike() {
        return own.reshape() == null
                && own.roles().size() == core.roles()
                && own.level() == core.map.level()
                && own.chunk() == core.map.chunkBytes()
                && own.complete()
                && own.regions().dataLength() == core.bandCount * core.map.bandBytes()
                && own.regions().memberSize() <= device.geometry().size();
    }

    /** Gives it its role again; then it is to be rebuilt where the bitmap has bits. */
    void run() throws DeviceException {
        // Before anything else is written: then it is not any more what a superblock of Linux md says.
        MdSuperblockStore.erase(device, WriteMode.FUA);
        int role = own.role();
        boolean writeMostly = core.membership.isWriteMostly(role);
        Member member = new Member(
                role,
                device,
                own,
                new Superblock.Role(own.member(), RoleState.REBUILDING, writeMostly, 0, true),
                ChecksumTable.load(device, own.regions(), core.map.cell()),
                BadBlockLog.load(device, core.uuid));
        JournalHead head = JournalScan.readHead(device, core.uuid);
        member.headUpdate = head == null ? 0 : head.update();
        Newcomer.takeRole(core, member, null);
        core.publish(ArrayEvent.Type.RE_ADDED, role, device.name() + " is back and catches up");
    }
}
