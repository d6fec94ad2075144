package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;

/**
 * Gives a role to a device that holds nothing: at once if its member failed or is missing, else when the device was filled from it.
 * Blocking; the array goes on serving.
 */
final class Replacement {

    private Replacement() {}

    /** Gives the role of a failed member to a blank device; then it is to be rebuilt, from the start. */
    static void run(ArrayCore core, int role, BlockDevice blank) throws DeviceException {
        requireFree(core, role);
        Newcomer.checkFree(core, blank);
        Spare divided = Newcomer.divide(core, blank);
        Formatter.clear(blank, divided.regions());
        Newcomer.takeRole(core, Newcomer.blank(core, role, divided), null);
        core.publish(ArrayEvent.Type.REPLACED, role, blank.name() + " takes the role");
    }

    /**
     * The same with a spare, which stays one until it has the role: its superblocks are left alone, and the members say in one step that
     * it is no spare and has the role.
     */
    static void run(ArrayCore core, int role, Spare spare) throws DeviceException {
        requireFree(core, role);
        Formatter.clearRegions(spare.device(), spare.regions());
        Newcomer.takeRole(core, Newcomer.blank(core, role, spare), spare);
        core.publish(ArrayEvent.Type.REPLACED, role, "spare " + spare.device().name() + " takes the role");
    }

    private static void requireFree(ArrayCore core, int role) throws DeviceException {
        Member before = core.members.get(role);
        if (before != null && before.isActive()) {
            throw new DeviceException(
                    Code.UNSUPPORTED,
                    core.deviceName(),
                    "role " + role + " is " + before.state() + " on " + before.device.name()
                            + ", a failed one expected: fail it first");
        }
    }

    /** Begins to fill a blank device from the member that has the role; the rebuild does it and gives it the role then. */
    static void beginCopy(ArrayCore core, int role, BlockDevice blank) throws DeviceException {
        Member other = core.copies.get(role);
        if (other != null) {
            throw new DeviceException(
                    Code.BUSY,
                    core.deviceName(),
                    "role " + role + " is being copied to " + other.device.name() + " already: wait for that");
        }
        Newcomer.checkFree(core, blank);
        Spare divided = Newcomer.divide(core, blank);
        Formatter.clear(blank, divided.regions());
        core.copies.set(role, Newcomer.blank(core, role, divided));
        core.publish(ArrayEvent.Type.REPLACED, role, blank.name() + " is filled from the member that it is to replace");
    }
}
