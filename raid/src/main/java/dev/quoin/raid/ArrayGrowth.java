package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Makes an array larger while it serves: in size, by a leg, by a member. */
final class ArrayGrowth {

    private final RaidArray array;
    private final ArrayJobs jobs;
    private final ArrayMembers members;
    private final ReentrantLock admin;

    /**
     * Of an array.
     *
     * @param admin of which whoever changes its members has one at a time
     */
    ArrayGrowth(RaidArray array, ArrayJobs jobs, ArrayMembers members, ReentrantLock admin) {
        this.array = array;
        this.jobs = jobs;
        this.members = members;
        this.admin = admin;
    }

    private Handover handover(ArrayCore core) {
        return new Handover(core, array::install);
    }

    /** See {@link RaidArray#grow}. */
    CompletableFuture<GrowReport> grow(Progress progress) {
        return jobs.grow("raid-grow", () -> {
            long begin = System.nanoTime();
            long before = array.geometry().size();
            admin.lock();
            try {
                array.core().requireNoReshape();
                jobs.alone(() -> new Growth(array.core(), handover(array.core()), progress).run());
            } finally {
                admin.unlock();
            }
            return grown(before, begin);
        });
    }

    /** See {@link RaidArray#addLeg}. */
    void addLeg(BlockDevice blank) throws DeviceException {
        add(blank, "leg", NewMember::asLeg);
    }

    /** See {@link RaidArray#addMember}. */
    void addMember(BlockDevice blank) throws DeviceException {
        add(blank, "member", NewMember::forReshape);
    }

    private interface Addition {
        void of(NewMember member) throws DeviceException;
    }

    private void add(BlockDevice blank, String what, Addition addition) throws DeviceException {
        admin.lock();
        try {
            array.core().checkUsable(true);
            jobs.alone(() -> addition.of(new NewMember(array.core(), handover(array.core()), blank)));
            ArrayCore larger = array.core();
            larger.publish(ArrayEvent.Type.REPLACED, larger.roles() - 1, blank.name() + " is one " + what + " more");
        } finally {
            admin.unlock();
        }
    }

    /** See {@link RaidArray#reshape}. */
    CompletableFuture<GrowReport> reshape(Progress progress) {
        return jobs.grow("raid-reshape", () -> {
            long begin = System.nanoTime();
            long before = array.geometry().size();
            ArrayCore reshaping = array.core();
            Frontier frontier = reshaping.frontier;
            if (frontier == null) {
                throw new DeviceException(
                        Code.UNSUPPORTED, array.name(), "no reshape under way found, one expected: add a member first");
            }
            try {
                new Reshape(reshaping, frontier, progress).run();
            } catch (DeviceException stopped) {
                reshaping.publish(ArrayEvent.Type.RESHAPE_STOPPED, -1, String.valueOf(stopped.getMessage()));
                throw stopped;
            }
            admin.lock();
            try {
                handover(reshaping).run(() -> reshaped(reshaping));
            } finally {
                admin.unlock();
            }
            ArrayCore done = array.core();
            done.publish(ArrayEvent.Type.RESHAPE_FINISHED, -1, "all is in the layout of " + done.roles() + " members");
            // Members that failed meanwhile had to wait.
            members.useSpares();
            return grown(before, begin);
        });
    }

    /** The same array with the new layout alone. */
    private static ArrayCore reshaped(ArrayCore core) {
        List<@Nullable Member> members = new ArrayList<>();
        for (int role = 0; role < core.roles(); role++) {
            Member member = core.members.get(role);
            members.add(member == null ? null : new Member(member, member.regions(), member.checksums));
        }
        Superblock now = core.membership.superblock(core.activeMembers().getFirst());
        return new ArrayCore(core, now.withReshape(null), members, core.intent.copy(core.bandCount));
    }

    private GrowReport grown(long before, long begin) {
        long after = array.geometry().size();
        array.core().publish(ArrayEvent.Type.GROWN, -1, "from " + before + " to " + after + " bytes");
        array.tellResized();
        return new GrowReport(before, after, System.nanoTime() - begin);
    }
}
