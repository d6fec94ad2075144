package dev.quoin.raid;

import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The background work of an array: one job of a kind at a time, each on a thread of its own. No job begins while the core of the array is
 * being changed, and no change begins beside a rebuild or a scrub.
 */
final class ArrayJobs {

    /** What a job does. */
    interface Job<T> {
        T run() throws DeviceException;
    }

    /** A change of the core. */
    interface Change {
        void run() throws DeviceException;
    }

    private final RaidArray array;
    private final ReentrantLock admin;
    private final AtomicReference<@Nullable CompletableFuture<RebuildReport>> rebuild = new AtomicReference<>();
    private final AtomicReference<@Nullable CompletableFuture<ScrubReport>> scrub = new AtomicReference<>();
    private final AtomicReference<@Nullable CompletableFuture<GrowReport>> growth = new AtomicReference<>();
    private final AtomicReference<@Nullable Scrub> scrubbing = new AtomicReference<>();

    /** Guards the beginning of jobs, and {@code changing}. */
    private final ReentrantLock lock = new ReentrantLock();

    private boolean changing;

    /**
     * Of an array.
     *
     * @param admin of which whoever changes its members has one at a time
     */
    ArrayJobs(RaidArray array, ReentrantLock admin) {
        this.array = array;
        this.admin = admin;
    }

    /** See {@link RaidArray#rebuild}. */
    CompletableFuture<RebuildReport> rebuild(Progress progress) {
        return begin(rebuild, "raid-rebuild", measuring(() -> {
            array.core().requireNoReshape();
            Member member = array.core().rebuilding();
            if (member == null) {
                throw new DeviceException(
                        Code.UNSUPPORTED,
                        array.name(),
                        "no member to rebuild found: replace the failed one with a blank device first");
            }
            RebuildReport report = RebuildReport.NOTHING;
            for (; member != null; member = array.core().rebuilding()) {
                boolean isCopy = array.core().copies.get(member.role) == member;
                report = report.and(isCopy ? copy(member, progress) : rebuild(member, progress));
            }
            return report;
        }));
    }

    private RebuildReport rebuild(Member member, Progress progress) throws DeviceException {
        ArrayCore core = array.core();
        try {
            return new Rebuild(core, member, progress).run();
        } catch (DeviceException stopped) {
            core.publish(ArrayEvent.Type.REBUILD_STOPPED, member.role, String.valueOf(stopped.getMessage()));
            throw stopped;
        }
    }

    /** Fills a device from the member that it is to replace. If that fails meanwhile, the device is one to be rebuilt from the others. */
    private RebuildReport copy(Member copy, Progress progress) throws DeviceException {
        try {
            return rebuild(copy, progress);
        } catch (DeviceException stopped) {
            admin.lock();
            try {
                ArrayCore core = array.core();
                boolean wasLeft = core.copies.compareAndSet(copy.role, copy, null);
                Member old = core.members.get(copy.role);
                boolean isFree = old == null || !old.isActive();
                if (!wasLeft || !isFree || core.dead() != null || core.isClosing()) {
                    throw stopped;
                }
                Replacement.run(core, copy.role, copy.device);
                return RebuildReport.NOTHING;
            } finally {
                admin.unlock();
            }
        }
    }

    /** See {@link RaidArray#scrub(ScrubMode, Progress)}. */
    CompletableFuture<ScrubReport> scrub(ScrubMode mode, Progress progress) {
        return begin(scrub, "raid-scrub", measuring(() -> {
            array.core().requireNoReshape();
            Scrub job = new Scrub(array.core(), mode, progress);
            scrubbing.set(job);
            try {
                return job.run();
            } finally {
                scrubbing.set(null);
            }
        }));
    }

    /** See {@link RaidArray#stopScrub}. */
    Optional<CompletableFuture<ScrubReport>> stopScrub() {
        Scrub job = scrubbing.get();
        if (job != null) {
            job.stop();
        }
        return job == null ? Optional.empty() : Optional.ofNullable(scrub.get());
    }

    /** Begins to grow, or joins that. */
    CompletableFuture<GrowReport> grow(String thread, Job<GrowReport> job) {
        return begin(growth, thread, job);
    }

    /** Runs a change of the core while no job uses it. */
    void alone(Change change) throws DeviceException {
        array.core().requireNoCopy();
        lock.lock();
        try {
            if (rebuild.get() != null || scrub.get() != null) {
                throw new DeviceException(
                        Code.BUSY,
                        array.name(),
                        "a rebuild or a scrub is under way, none expected: try again when it has ended");
            }
            changing = true;
        } finally {
            lock.unlock();
        }
        try {
            change.run();
        } finally {
            endChange();
        }
    }

    private void endChange() {
        lock.lock();
        try {
            changing = false;
        } finally {
            lock.unlock();
        }
    }

    /** What an array with this core does beside serving. */
    ArrayStatus.Activity activity(ArrayCore core) {
        if (rebuild.get() != null) {
            return ArrayStatus.Activity.REBUILDING;
        }
        if (core.frontier != null) {
            return ArrayStatus.Activity.RESHAPING;
        }
        if (growth.get() != null) {
            return ArrayStatus.Activity.GROWING;
        }
        return scrub.get() != null ? ArrayStatus.Activity.SCRUBBING : ArrayStatus.Activity.IDLE;
    }

    /** The same with how far it is. */
    List<BackgroundWork> works(ArrayCore core) {
        List<BackgroundWork> works = new ArrayList<>();
        long bandBytes = core.map.bandBytes();
        long total = core.bandCount * bandBytes;
        if (rebuild.get() != null) {
            // Until the end of the job, which tells of the last member after that is current.
            Member member = core.rebuilding();
            long done = member == null ? total : member.rebuilt.below() * bandBytes;
            works.add(new BackgroundWork(BackgroundWork.Kind.REBUILD, done, total, core.throttle.rate()));
        }
        Scrub job = scrubbing.get();
        if (job != null) {
            works.add(new BackgroundWork(
                    BackgroundWork.Kind.SCRUB, job.doneBands() * bandBytes, total, core.throttle.rate()));
        }
        if (growth.get() != null && core.frontier != null) {
            works.add(new BackgroundWork(
                    BackgroundWork.Kind.RESHAPE, core.frontier.position() * bandBytes, total, WorkLimits.UNLIMITED));
        }
        return works;
    }

    /** Waits for the jobs that run, however they end. Blocking. */
    void awaitEnd() {
        await(rebuild.get());
        await(scrub.get());
        await(growth.get());
    }

    private static void await(@Nullable CompletableFuture<?> job) {
        if (job != null) {
            job.exceptionally(failure -> null).join();
        }
    }

    /** A job that the requests of users are measured for. */
    private <T> Job<T> measuring(Job<T> job) {
        return () -> {
            Throttle throttle = array.core().throttle;
            throttle.workBegins();
            try {
                return job.run();
            } finally {
                throttle.workEnds();
            }
        };
    }

    private <T> CompletableFuture<T> begin(
            AtomicReference<@Nullable CompletableFuture<T>> slot, String thread, Job<T> job) {
        var mine = new CompletableFuture<T>();
        lock.lock();
        try {
            CompletableFuture<T> running = slot.get();
            if (running != null) {
                return running;
            }
            if (changing) {
                return CompletableFuture.failedFuture(new DeviceException(
                        Code.BUSY,
                        array.name(),
                        "its members or its size are being changed: try again when that has ended"));
            }
            slot.set(mine);
        } finally {
            lock.unlock();
        }
        Thread.ofVirtual().name(thread + "-" + array.core().name).start(() -> {
            try {
                array.core().checkUsable(false);
                T report = job.run();
                slot.set(null);
                mine.complete(report);
            } catch (DeviceException failure) {
                slot.set(null);
                mine.completeExceptionally(failure);
            } catch (RuntimeException | Error defect) {
                slot.set(null);
                mine.completeExceptionally(defect);
                throw defect;
            }
        });
        return mine;
    }
}
