package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The members of an array and its spares: who comes, who goes, who takes whose role. */
final class ArrayMembers {

    private static final Logger LOG = LoggerFactory.getLogger(ArrayMembers.class);

    /** The UUID of the member in a role that nobody has. */
    private static final UUID NOBODY = new UUID(0, 0);

    private final RaidArray array;
    private final ReentrantLock admin;
    private final Takeover takeover;

    /**
     * Of an array.
     *
     * @param admin of which whoever changes its members has one at a time
     */
    ArrayMembers(RaidArray array, ArrayJobs jobs, ReentrantLock admin) {
        this.array = array;
        this.admin = admin;
        this.takeover = new Takeover(
                array::core,
                admin,
                () -> jobs.rebuild(Progress.NONE),
                () -> array.core().rebuilding() != null);
    }

    /** Lets a spare take the role of a member that fails. */
    void onEvent(ArrayEvent event) {
        if (event.type() == ArrayEvent.Type.FAIL) {
            useSpares();
        }
    }

    /** Lets spares, if there are any, take the roles of members that failed or are missing, soon. Not blocking. */
    void useSpares() {
        if (!array.core().membership.spares().isEmpty()) {
            takeover.request(false);
        }
    }

    /** See {@link RaidArray#settled}. */
    CompletableFuture<Void> settled() {
        return takeover.idle();
    }

    /** See {@link RaidArray#fail}. */
    void fail(int role) throws DeviceException {
        admin.lock();
        try {
            ArrayCore core = array.core();
            core.checkUsable(false);
            Member member = role < 0 || role >= core.roles() ? null : core.members.get(role);
            if (member == null || !member.isActive()) {
                throw new DeviceException(
                        Code.UNSUPPORTED, core.deviceName(), "role " + role + " found, one with a member expected");
            }
            boolean inSync = member.state() == RoleState.IN_SYNC;
            if (inSync && !core.map.layout().survives(core.notInSync() | 1 << role)) {
                throw new DeviceException(
                        Code.UNSUPPORTED,
                        core.deviceName(),
                        "role " + role + " cannot be taken out of " + core.map.level()
                                + (core.isOptimal()
                                        ? ", which can do without none"
                                        : ", as another is missing: replace and rebuild that first"));
            }
            core.membership.fail(member, "taken out");
            awaitRecorded(core);
        } finally {
            admin.unlock();
        }
    }

    /** See {@link RaidArray#replace}. */
    void replace(int role, BlockDevice blank) throws DeviceException {
        admin.lock();
        try {
            ArrayCore core = array.core();
            core.checkUsable(true);
            core.requireNoReshape();
            if (role < 0 || role >= core.roles()) {
                throw new DeviceException(
                        Code.UNSUPPORTED,
                        core.deviceName(),
                        "role " + role + " found, 0 to " + (core.roles() - 1) + " expected");
            }
            Member member = core.members.get(role);
            if (member != null && member.state() == RoleState.IN_SYNC) {
                Replacement.beginCopy(core, role, blank);
            } else {
                Replacement.run(core, role, blank);
            }
        } finally {
            admin.unlock();
        }
    }

    /** See {@link RaidArray#add}. */
    Added add(BlockDevice device) throws DeviceException {
        Added added;
        admin.lock();
        try {
            ArrayCore core = array.core();
            core.checkUsable(true);
            core.requireNoReshape();
            Newcomer.checkFree(core, device);
            Superblock superblock = SuperblockStore.read(device).superblock();
            var former = superblock == null ? null : new Return(core, device, superblock);
            if (former == null || !former.isFormerHolder()) {
                addSpare(core, device);
                added = Added.SPARE;
            } else {
                added = takeBack(core, former, superblock.role(), device);
            }
        } finally {
            admin.unlock();
        }
        takeover.request(added != Added.SPARE);
        return added;
    }

    private static Added takeBack(ArrayCore core, Return former, int role, BlockDevice device) throws DeviceException {
        String whyNot = former.whyNot();
        if (whyNot == null) {
            former.run();
            return Added.CATCHES_UP;
        }
        LOG.info("member is rebuilt from the start: {}; array={} device={}", whyNot, core.name, device.name());
        Replacement.run(core, role, device);
        return Added.REBUILT;
    }

    /** Makes a device a spare, whatever it was. Blocking; durable when it returns. Takes a failed role at once if there is one. */
    private static void addSpare(ArrayCore core, BlockDevice device) throws DeviceException {
        if (core.map.level() == Level.RAID0) {
            throw new DeviceException(
                    Code.UNSUPPORTED,
                    core.deviceName(),
                    "a spare found, none expected: RAID 0 has nothing to rebuild it from");
        }
        if (core.membership.spares().size() == Superblock.SPARES_MAX) {
            throw new DeviceException(
                    Code.UNSUPPORTED, core.deviceName(), Superblock.SPARES_MAX + " spares found, which is the limit");
        }
        Spare spare = Newcomer.divide(core, device);
        Formatter.wipe(device);
        BlockIo.flush(device);
        core.membership.change(() -> core.membership.addSpare(spare)).join();
        core.checkUsable(false);
        if (!core.membership.spares().contains(spare)) {
            throw new DeviceException(Code.GONE, device.name(), "failed while it was added: take another");
        }
        core.publish(ArrayEvent.Type.SPARE_ADDED, -1, device.name() + " waits");
    }

    /** See {@link RaidArray#remove}. */
    void remove(int role) throws DeviceException {
        admin.lock();
        try {
            ArrayCore core = array.core();
            core.checkUsable(false);
            core.requireNoReshape();
            Member member = role < 0 || role >= core.roles() ? null : core.members.get(role);
            if (role < 0 || role >= core.roles() || (member != null && member.isActive())) {
                throw new DeviceException(
                        Code.UNSUPPORTED,
                        core.deviceName(),
                        "role " + role + " found, one whose member failed expected: fail it first");
            }
            core.membership
                    .change(() -> {
                        core.membership.uuid(role, NOBODY);
                        core.members.set(role, null);
                    })
                    .join();
            core.checkUsable(false);
            core.publish(ArrayEvent.Type.REMOVED, role, member == null ? "missing member" : member.device.name());
        } finally {
            admin.unlock();
        }
    }

    /** See {@link RaidArray#removeSpare}. */
    void removeSpare(String device) throws DeviceException {
        admin.lock();
        try {
            ArrayCore core = array.core();
            core.checkUsable(false);
            Spare spare = core.membership.spares().stream()
                    .filter(each -> each.device().name().equals(device))
                    .findFirst()
                    .orElseThrow(() -> new DeviceException(
                            Code.UNSUPPORTED, core.deviceName(), device + " found, one of the spares expected"));
            core.membership.change(() -> core.membership.removeSpare(spare)).join();
            core.checkUsable(false);
            Formatter.wipe(spare.device());
            BlockIo.flush(spare.device());
            core.publish(ArrayEvent.Type.REMOVED, -1, "spare " + device);
        } finally {
            admin.unlock();
        }
    }

    private static void awaitRecorded(ArrayCore core) {
        var recorded = new CompletableFuture<Void>();
        core.membership.whenRecorded(() -> recorded.complete(null));
        recorded.join();
    }
}
