package dev.quoin.raid;

import dev.quoin.device.AtomicWrites;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceEvent;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.DeviceListener;
import dev.quoin.device.DeviceListeners;
import dev.quoin.device.Geometry;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Several devices as one that survives the loss of members, as many as its {@link Level} says, and repairs what rots.
 *
 * <p><b>Blocks.</b> 4,096 bytes, logical and physical, because that is the unit of checksums and parity: a smaller write would be
 * a read and a write. The optimal transfer is a stripe. Blocks that were never written read as zeroes, without a disk access.
 *
 * <p><b>Writes.</b> A cached write is acknowledged when it is in the journals of the members it concerns, in their caches: it
 * survives the end of this process. It survives a power cut after a flush, or at once as an FUA write; both cost one flush of
 * the journals, shared by all who wait. After a power cut each block of a write that was not durable is wholly old or wholly
 * new, and no other block has changed, even if as many members are lost with the power as the level can do without.
 *
 * <p><b>Reads.</b> Verified. A block that is bad is made from the other members and written back; if that cannot be,
 * {@link Code#MEDIUM_ERROR}.
 *
 * <p><b>Members.</b> The array uses the devices it is given and does not close them. One that fails a write or a flush, or that
 * is gone, is a failed member from then on, which is durable before a write that it missed is acknowledged. With one member
 * too many gone the array is {@link Code#GONE} until it is assembled again.
 *
 * <p><b>Threads.</b> No thread of its own on the data path: requests go on on the threads of the callers and of the
 * members, where completions run. Rebuild and scrub have a virtual thread each.
 */
public final class RaidArray implements BlockDevice {

    /** The longest atomic write, in bytes. */
    static final int ATOMIC_MAX = 16 * 1024;

    private final DeviceListeners listeners = new DeviceListeners();
    /** One administrative change at a time. */
    private final ReentrantLock admin = new ReentrantLock();

    private final ReentrantLock closer = new ReentrantLock();
    private final ArrayJobs jobs = new ArrayJobs(this, admin);
    private final ArrayMembers members = new ArrayMembers(this, jobs, admin);
    private final ArrayGrowth growth = new ArrayGrowth(this, jobs, members, admin);
    private boolean closed;
    private volatile boolean closing;
    private volatile ArrayCore core;
    private volatile Geometry geometry;

    private RaidArray(ArrayCore core) {
        this.core = core;
        this.geometry = geometry(core);
        core.addListener(members::onEvent);
    }

    private static Geometry geometry(ArrayCore core) {
        return new Geometry(
                Addressing.BLOCK,
                core.size(),
                Addressing.BLOCK,
                core.map.offered().stripeBytes(),
                false);
    }

    /**
     * Makes an array of blank devices and starts it. Blocking; durable.
     *
     * @param members by role, as many as {@link Level#allows}, with logical blocks of at most 4,096 bytes, for RAID 3 of at most
     *     4,096 divided by the number of data members; the smallest decides the size
     * @throws DeviceException {@link Code#BUSY} if one belongs to an array, {@link Code#OUT_OF_RANGE} if one is too small,
     *     {@link Code#UNSUPPORTED} if there are too few or too many, if their blocks are too large, if those of a RAID 0 array differ
     *     in size and nothing was said about that, or what a device fails with
     */
    public static RaidArray create(ArraySpec spec, List<BlockDevice> members) throws DeviceException {
        return create(spec, members, Delay.SYSTEM, Sabotage.NONE);
    }

    static RaidArray create(ArraySpec spec, List<BlockDevice> members, Delay delay, Sabotage sabotage)
            throws DeviceException {
        Formatter.create(spec, members);
        return assemble(members, delay, sabotage);
    }

    /**
     * Starts an array from its members, in any order. Blocking. Replays the journal; starts degraded if one is missing, stale or damaged,
     * which is recorded then: that member must be added again or replaced to take part again. Its spares, if they are among the devices,
     * take the roles of members that are not there at once.
     *
     * @throws DeviceException {@link Code#GONE} if the devices are no array, of several arrays, claim the same role twice, or are
     *     too few; the message says which device is not used and why
     */
    public static RaidArray assemble(List<BlockDevice> members) throws DeviceException {
        return assemble(members, Delay.SYSTEM, Sabotage.NONE);
    }

    /** As the other one, with a call before a spare takes a role, so that listeners miss nothing of that. */
    public static RaidArray assemble(List<BlockDevice> members, Consumer<RaidArray> started) throws DeviceException {
        return assemble(new Assembler(members, false, Delay.SYSTEM, Sabotage.NONE), started);
    }

    static RaidArray assemble(List<BlockDevice> members, Delay delay, Sabotage sabotage) throws DeviceException {
        return assemble(new Assembler(members, false, delay, sabotage), array -> {});
    }

    /**
     * As {@link #assemble}, even if something is lost by that, as {@link #examine} says it: from stale members, or without batches of the
     * journal that are damaged. What may be wrong by that is a medium error until it is written.
     */
    public static RaidArray assembleForced(List<BlockDevice> members, Consumer<RaidArray> started)
            throws DeviceException {
        return assemble(new Assembler(members, true, Delay.SYSTEM, Sabotage.NONE), started);
    }

    static RaidArray assemble(Assembler assembler, Consumer<RaidArray> started) throws DeviceException {
        RaidArray array = new RaidArray(assembler.assemble());
        started.accept(array);
        array.members.useSpares();
        return array;
    }

    /**
     * What devices are, and which arrays they would start as. Blocking; nothing is written.
     *
     * @param devices those that the arrays would start from
     * @param others those that are only looked at for writes that would be lost if the array started without them
     */
    public static Examination examine(List<BlockDevice> devices, List<BlockDevice> others) {
        return new Examiner(devices, others).examine();
    }

    /**
     * Whose a device is according to what lies on it: an array of ours or one of Linux md. Blocking.
     *
     * @return words for a message, such as {@code member 2 of array 'main' (UUID)}; empty if no array is found
     */
    public static Optional<String> owner(BlockDevice device) {
        return Formatter.owner(device);
    }

    /** {@code array NAME}. */
    @Override
    public String name() {
        return core.deviceName();
    }

    @Override
    public Geometry geometry() {
        return geometry;
    }

    @Override
    public CompletableFuture<Void> read(long offset, ByteBuffer target) {
        try {
            geometry.check(name(), offset, target.remaining());
        } catch (DeviceException refused) {
            return CompletableFuture.failedFuture(refused);
        }
        return core.throttle.measured(core.throttle.requestBegins(), ReadRequest.read(core, offset, target));
    }

    @Override
    public CompletableFuture<Void> write(long offset, ByteBuffer source, WriteMode mode) {
        try {
            geometry.check(name(), offset, source.remaining());
        } catch (DeviceException refused) {
            return CompletableFuture.failedFuture(refused);
        }
        return core.throttle.measured(core.throttle.requestBegins(), WriteRequest.write(core, offset, source, mode));
    }

    /**
     * Up to {@link #ATOMIC_MAX}, aligned to their longest, so that each lies in one chunk and one band: then it is in one record of the
     * journal, which a start replays wholly or not at all.
     */
    @Override
    public AtomicWrites atomicWrites() {
        int length = Math.min(ATOMIC_MAX, core.map.rows() * Addressing.BLOCK);
        return new AtomicWrites(length, length);
    }

    @Override
    public CompletableFuture<Void> writeAtomic(long offset, ByteBuffer source, WriteMode mode) {
        try {
            geometry.check(name(), offset, source.remaining());
            atomicWrites().check(name(), offset, source.remaining());
        } catch (DeviceException refused) {
            return CompletableFuture.failedFuture(refused);
        }
        return core.throttle.measured(
                core.throttle.requestBegins(), WriteRequest.writeAtomic(core, offset, source, mode));
    }

    @Override
    public CompletableFuture<Void> flush() {
        return core.flush();
    }

    /** Costs little over whole stripes, and nothing where nothing was ever written. */
    @Override
    public CompletableFuture<Void> writeZeroes(long offset, long length, WriteMode mode) {
        try {
            geometry.check(name(), offset, length);
        } catch (DeviceException refused) {
            return CompletableFuture.failedFuture(refused);
        }
        return WriteRequest.zero(core, offset, length, mode);
    }

    /** Frees whole stripes, or in levels in which blocks do not share a parity any block; leaves parts of stripes as they are. */
    @Override
    public CompletableFuture<Void> discard(long offset, long length) {
        try {
            geometry.check(name(), offset, length);
            core.checkUsable(true);
        } catch (DeviceException refused) {
            return CompletableFuture.failedFuture(refused);
        }
        long unit = core.map.freeUnit();
        long from = (offset + unit - 1) / unit * unit;
        long end = (offset + length) / unit * unit;
        return from >= end
                ? CompletableFuture.completedFuture(null)
                : WriteRequest.zero(core, from, end - from, WriteMode.CACHED);
    }

    @Override
    public boolean tryReadNow(long offset, ByteBuffer target) {
        try {
            geometry.check(name(), offset, target.remaining());
        } catch (DeviceException refused) {
            return false; // read() says why.
        }
        return ReadRequest.tryNow(core, offset, target);
    }

    @Override
    public void watch(DeviceListener listener) {
        listeners.add(listener);
    }

    @Override
    public void unwatch(DeviceListener listener) {
        listeners.remove(listener);
    }

    /** How the array is now. */
    public ArrayStatus status() {
        ArrayCore now = core;
        return StatusReport.of(now, jobs.activity(now));
    }

    /** Adds a listener for what happens from now on. */
    public void addListener(ArrayListener listener) {
        core.addListener(listener);
    }

    /**
     * Takes a member out. Blocking; durable on the others when it returns.
     *
     * @throws DeviceException {@link Code#UNSUPPORTED} if the array cannot do without it
     */
    public void fail(int role) throws DeviceException {
        members.fail(role);
    }

    /**
     * Gives the role of a member to a blank device, or to one that was a member before and is then treated as blank. Blocking; call
     * {@link #rebuild} next.
     *
     * <p>If the member failed or is missing, the device has the role at once, durably, and is rebuilt from the others. If it works, it
     * goes on serving while the device is filled from it, and from the others where it has a block that is bad; at the end the device
     * gets the role and the old one is wiped. Until then the array knows nothing of the device durably: if it is stopped meanwhile,
     * call this again.
     *
     * @throws DeviceException {@link Code#BUSY} if the device belongs to another array or the role is being replaced already,
     *     {@link Code#OUT_OF_RANGE} if it is too small, {@link Code#UNSUPPORTED} if the member is being rebuilt itself
     */
    public void replace(int role, BlockDevice blank) throws DeviceException {
        members.replace(role, blank);
    }

    /**
     * Takes a device in. Blocking; durable when it returns; what follows begins by itself.
     *
     * <p>A device that was a member until it failed or was missing, whose role nobody else has, gets it again. Any other that belongs
     * to no other array becomes a spare, and so takes the role of a member that is missing or fails.
     *
     * @throws DeviceException {@link Code#BUSY} if the array uses it or it belongs to another, {@link Code#OUT_OF_RANGE} if it is too
     *     small, {@link Code#UNSUPPORTED} for a spare of RAID 0, or one too many
     */
    public Added add(BlockDevice device) throws DeviceException {
        return members.add(device);
    }

    /**
     * Takes a failed or missing member out of the table: its device is no former member any more, and is a stranger if it comes back.
     * Blocking; durable when it returns. The role stays empty until a spare takes it or a device is given it.
     *
     * @throws DeviceException {@link Code#UNSUPPORTED} if the member works
     */
    public void remove(int role) throws DeviceException {
        members.remove(role);
    }

    /**
     * Makes a spare a device that belongs to nobody. Blocking; durable when it returns.
     *
     * @param device its name
     * @throws DeviceException {@link Code#UNSUPPORTED} if it is no spare of the array
     */
    public void removeSpare(String device) throws DeviceException {
        members.removeSpare(device);
    }

    /** Says that a spare of the node was given to this array. */
    public void moved(String detail) {
        core.publish(ArrayEvent.Type.MOVE_SPARE, -1, detail);
    }

    /**
     * Makes the replaced members current, one after the other, in the background. If it is being done already, joins that. A rebuild that was
     * interrupted goes on where it was last recorded.
     *
     * @return fails with {@link DeviceException} if no member is to be rebuilt, if that member fails, or if the array is closed
     */
    public CompletableFuture<RebuildReport> rebuild(Progress progress) {
        return jobs.rebuild(progress);
    }

    /** As the other one, with {@link ScrubMode#REPAIR}. */
    public CompletableFuture<ScrubReport> scrub(Progress progress) {
        return scrub(ScrubMode.REPAIR, progress);
    }

    /**
     * Reads and checks everything, in the background. If a scrub runs already, joins that, whatever its mode. One that was stopped or
     * interrupted goes on where it was last recorded; one that repairs does not count what was only checked.
     *
     * @return fails with {@link DeviceException} if the array fails or is closed
     */
    public CompletableFuture<ScrubReport> scrub(ScrubMode mode, Progress progress) {
        return jobs.scrub(mode, progress);
    }

    /**
     * Makes a scrub that runs end soon. Its report says that it is not complete.
     *
     * @return the scrub; empty if none runs
     */
    public Optional<CompletableFuture<ScrubReport>> stopScrub() {
        return jobs.stopScrub();
    }

    /** What runs beside serving. */
    public List<BackgroundWork> works() {
        return jobs.works(core);
    }

    /** How fast rebuild and scrub may go. */
    public WorkLimits limits() {
        return core.throttle.limits();
    }

    /** Says how fast rebuild and scrub may go, from now on, those too that run. Not kept over a restart. */
    public void limits(WorkLimits limits) {
        core.throttle.limits(limits);
    }

    /**
     * Takes into use what the devices of all members have become larger by, in the background, while the array serves. If it is being
     * done already, joins that. The size is the old or the new one on all members, also after a power cut in between; the new
     * blocks read as zeroes; listeners are told {@link DeviceEvent#RESIZED}.
     *
     * @return fails with {@link DeviceException}: {@link Code#OUT_OF_RANGE} if a member has no more room, {@link Code#UNSUPPORTED}
     *     if one is not in sync, {@link Code#BUSY} while a rebuild or a scrub is under way, or what a device fails with, and then
     *     the array is as it was
     */
    public CompletableFuture<GrowReport> grow(Progress progress) {
        return growth.grow(progress);
    }

    /**
     * Gives a mirror (RAID 1) one more member, a blank device, or one that was a member before and is then treated as blank. Blocking;
     * durable; requests wait for a moment. Call {@link #rebuild} next: until it has ended the new leg is no redundancy, and no reads
     * go to it. The array may lack members meanwhile.
     *
     * @throws DeviceException {@link Code#UNSUPPORTED} if the level or the number of members does not allow it, {@link Code#BUSY}
     *     if the device belongs to another array, or while a rebuild or a scrub is under way, {@link Code#OUT_OF_RANGE} if it is
     *     too small
     */
    public void addLeg(BlockDevice blank) throws DeviceException {
        growth.addLeg(blank);
    }

    /**
     * Gives a RAID 5 array one more member, a blank device or one that was a member before. Blocking; durable; requests wait for a
     * moment. Call {@link #reshape} next: until that has ended the array has the size that it had. From now on a loss of any one
     * member, the new one too, is survived, and until the end of the reshape none can be replaced.
     *
     * @throws DeviceException {@link Code#UNSUPPORTED} if the level or the number of members does not allow it or one is not in
     *     sync, {@link Code#BUSY} if the device belongs to another array, or while a rebuild or a scrub is under way,
     *     {@link Code#OUT_OF_RANGE} if it is too small
     */
    public void addMember(BlockDevice blank) throws DeviceException {
        growth.addMember(blank);
    }

    /**
     * Moves the blocks of an array that was given one more member to the new layout, in the background, while it serves, also without
     * one of its members. If it is being done already, joins that. One that was interrupted goes on where it was; a power cut or the
     * loss of a member or both at any moment lose nothing. At the end the array is larger; listeners are told
     * {@link DeviceEvent#RESIZED}.
     *
     * @return fails with {@link DeviceException}: {@link Code#UNSUPPORTED} if no member was added, {@link Code#MEDIUM_ERROR} if
     *     blocks can neither be read nor be made from the others, which must be written anew first; or if the array fails or is
     *     closed
     */
    public CompletableFuture<GrowReport> reshape(Progress progress) {
        return growth.reshape(progress);
    }

    /** Has all requests from now on served by another core. */
    void install(ArrayCore next) {
        core = next;
        geometry = geometry(next);
        if (closing) {
            next.closing();
        }
    }

    /**
     * Waits for the requests and jobs in flight, puts everything in place, settles the journal and marks the array as clean. The
     * members stay open.
     */
    @Override
    public void close() {
        closing = true;
        core.closing();
        closer.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            stopJobs();
            core.admission.awaitIdle();
            if (core.dead() == null) {
                core.journal.drain().join();
                core.journal.checkpoint().join();
                // What was repaired since is not in the journal, so the checkpoint may have found nothing to do.
                for (Member member : core.activeMembers()) {
                    Checkpoint.writeMetadata(core, member).join();
                    core.io.flush(member).join();
                }
                core.membership.change(() -> core.membership.clean(true)).join();
            }
        } finally {
            closer.unlock();
        }
    }

    /** Ends the jobs; whoever changes the array meanwhile ends first, and nobody begins after that. */
    private void stopJobs() {
        // Before the lock, which a job may need to come to its end.
        jobs.awaitEnd();
        admin.lock();
        try {
            core.closing();
        } finally {
            admin.unlock();
        }
        members.settled().join();
        jobs.awaitEnd();
    }

    ArrayCore core() {
        return core;
    }

    /** Tells who watches that the size is another one. */
    void tellResized() {
        listeners.tell(DeviceEvent.RESIZED);
    }

    /** Completes when no spare is taking a role, and what it took is rebuilt. */
    CompletableFuture<Void> settled() {
        return members.settled();
    }
}
