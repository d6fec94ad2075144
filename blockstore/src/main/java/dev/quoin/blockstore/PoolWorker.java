package dev.quoin.blockstore;

import dev.quoin.blockstore.catalogue.PoolRecord;
import dev.quoin.blockstore.extent.ExtentSpace;
import dev.quoin.device.DeviceException;
import dev.quoin.device.WriteMode;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that changes a pool: it maps, unmaps and carries out changes of the catalogue, one transaction at a time.
 *
 * <p>While a transaction is under way requests gather, and all of them go into the next (group commit). Thread
 * {@code blockstore-<pool>-1}; the methods that ask for something may be called from any thread and do not block.
 */
final class PoolWorker {

    /** The most requests to map or unmap that wait at once; beyond, {@link DeviceException.Code#BUSY}. */
    static final int REQUESTS_MAX = 65_536;

    private static final Logger LOG = LoggerFactory.getLogger(PoolWorker.class);

    private final PoolRecord pool;
    private final PoolLayout layout;
    private final ExtentSpace space;
    private final PoolCommitter committer;
    private final Ownership ownership;
    private final SpaceWatch watch;
    private final Thread thread;

    /** Bounded by {@link #REQUESTS_MAX} and the few callers who change the catalogue. */
    private final LinkedBlockingQueue<Work> inbox = new LinkedBlockingQueue<>();

    private final AtomicInteger requests = new AtomicInteger();

    /** Work that did not fit in the transaction before. Worker only. */
    private final ArrayDeque<Work> next = new ArrayDeque<>();

    /** Unmappings that wait for their extents to drain. Worker only. */
    private final Set<UnmapRequest> draining = new LinkedHashSet<>();

    private volatile boolean ended;
    private boolean fullReported;

    PoolWorker(
            PoolRecord pool,
            PoolLayout layout,
            ExtentSpace space,
            PoolCommitter committer,
            Ownership ownership,
            SpaceWatch watch) {
        this.watch = watch;
        this.pool = pool;
        this.layout = layout;
        this.space = space;
        this.committer = committer;
        this.ownership = ownership;
        this.thread = new Thread(this::run, "blockstore-" + pool.name() + "-1");
        this.thread.setDaemon(true);
    }

    void start() {
        thread.start();
        ownership.lost().thenRun(() -> inbox.add(new Work.Wake()));
    }

    /** Lets the work under way end, fails the rest and ends the thread; false if that takes longer than {@code atMost}. */
    boolean stop(Duration atMost) {
        inbox.add(new Work.Stop());
        try {
            return thread.join(atMost);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Maps a volume extent, if it is not mapped; fails with a device exception. */
    CompletableFuture<Void> map(Volume volume, long index) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        if (!accept(volume, done)) {
            return done;
        }
        enqueue(new Work.MapExtent(volume, index, done));
        return done;
    }

    /** Maps more for the stream that has reached {@code index}, when there is time. */
    void mapAhead(Volume volume, long index) {
        enqueue(new Work.MapAhead(volume, index));
    }

    /** Unmaps the mapped ones of the extents {@code from} to {@code to}, exclusive; fails with a device exception. */
    CompletableFuture<Void> unmap(Volume volume, long from, long to) {
        List<CompletableFuture<Void>> parts = new ArrayList<>();
        int chunkExtents = volume.map().chunkExtents();
        for (long at = from; at < to; ) {
            long end = Math.min(to, (at / chunkExtents + 1) * chunkExtents);
            if (volume.map().hasMapped(at, end)) {
                UnmapRequest request = new UnmapRequest(volume, at, end, drained -> enqueue(new Work.Unmap(drained)));
                if (accept(volume, request.done())) {
                    enqueue(new Work.BeginUnmap(request));
                }
                parts.add(request.done());
            }
            at = end;
        }
        return parts.size() == 1 ? parts.getFirst() : CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new));
    }

    /** Runs a change of the catalogue on the worker and waits for it. */
    void change(PoolChange change) throws BlockStoreException {
        CompletableFuture<Void> done = new CompletableFuture<>();
        enqueue(new Work.Change(() -> {
            try {
                if (!ownership.isHeld()) {
                    throw ownership.asBlockStoreException();
                }
                change.run(committer);
                watch.look();
                done.complete(null);
            } catch (BlockStoreException failure) {
                done.completeExceptionally(failure);
            } catch (RuntimeException bug) {
                done.completeExceptionally(bug);
                throw bug;
            }
        }));
        try {
            done.join();
        } catch (CompletionException failure) {
            if (failure.getCause() instanceof BlockStoreException known) {
                throw new BlockStoreException(known.code(), String.valueOf(known.getMessage()), known);
            }
            throw failure;
        }
    }

    /** A change of the catalogue; may commit, and may use the free space. */
    interface PoolChange {
        void run(PoolCommitter committer) throws BlockStoreException;
    }

    private boolean accept(Volume volume, CompletableFuture<Void> done) {
        if (requests.incrementAndGet() > REQUESTS_MAX) {
            requests.decrementAndGet();
            done.completeExceptionally(new DeviceException(
                    DeviceException.Code.BUSY,
                    volume.deviceName(),
                    REQUESTS_MAX + " requests wait for extents of pool " + pool.name() + ": try again"));
            return false;
        }
        done.whenComplete((ok, failure) -> requests.decrementAndGet());
        return true;
    }

    private void enqueue(Work work) {
        inbox.add(work);
        if (ended) {
            // The thread may have ended before it saw this; whoever finds it in the queue fails it, once.
            failAll();
        }
    }

    private void run() {
        try {
            while (round()) {
                // Each round is one transaction at most.
            }
        } catch (RuntimeException bug) {
            LOG.error("the worker has stopped by a bug pool={}", pool.name(), bug);
            ownership.lose("its worker stopped by a bug: " + bug);
        } finally {
            // From here on nothing is committed any more, whoever still asks.
            ownership.end();
            ended = true;
            failAll();
        }
    }

    /** Takes what has gathered and carries out what fits in one transaction; false at the end. */
    private boolean round() {
        if (next.isEmpty()) {
            try {
                next.add(inbox.take());
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        inbox.drainTo(next);
        if (!ownership.isHeld()) {
            draining.forEach(request -> settleFailed(request, ownership.asBlockStoreException()));
            draining.clear();
        }
        MapBatch batch = new MapBatch(space, pool.chunkExtents());
        while (!next.isEmpty() && batch.hasRoom(pool.chunkExtents())) {
            Work work = next.peek();
            if ((work instanceof Work.Change || work instanceof Work.Stop) && !batch.isEmpty()) {
                break;
            }
            next.remove();
            if (work instanceof Work.Stop) {
                return false;
            }
            add(work, batch);
        }
        commit(batch);
        return true;
    }

    private void add(Work work, MapBatch batch) {
        switch (work) {
            case Work.MapExtent request -> {
                if (request.volume().map().isMapped(request.index())) {
                    request.done().complete(null);
                } else if (!ownership.isHeld()) {
                    fail(request, ownership.asDeviceException(request.volume().deviceName()));
                } else if (!batch.want(request)) {
                    fail(request, full(request.volume()));
                }
            }
            case Work.MapAhead request -> batch.ahead(request);
            case Work.BeginUnmap(UnmapRequest request) -> {
                if (ownership.isHeld()) {
                    draining.add(request);
                    request.beginDrain();
                } else {
                    settleFailed(request, ownership.asBlockStoreException());
                }
            }
            case Work.Unmap(UnmapRequest request) -> {
                // If it is not there, it was failed when the pool was lost.
                if (draining.remove(request)) {
                    if (request.draining().isEmpty()) {
                        request.settle(true);
                        request.finish();
                    } else {
                        batch.unmap(request);
                    }
                }
            }
            case Work.Change(Runnable task) -> task.run();
            case Work.Wake _ -> LOG.debug("the worker looks whether it still owns its pool pool={}", pool.name());
            case Work.Stop _ -> throw new IllegalStateException("a stop is handled by the round");
        }
    }

    private void commit(MapBatch batch) {
        if (batch.isEmpty()) {
            return;
        }
        zeroRecycled(batch);
        try {
            committer.commit(space.highWater(), batch::addTo);
        } catch (BlockStoreException failure) {
            batch.failed(failure);
            return;
        } catch (RuntimeException bug) {
            batch.failed(new BlockStoreException(BlockStoreException.Code.FENCED, "stopped by a bug", bug));
            throw bug;
        }
        // Before the writes that took the space are answered; what is given back counts after it is.
        watch.look();
        batch.applied();
        fullReported &= space.free() == 0;
        watch.look();
    }

    /** Makes the granted extents that once held data read as zeroes, durably. */
    private void zeroRecycled(MapBatch batch) {
        List<MapBatch.Grant> recycled =
                batch.grants().stream().filter(grant -> !grant.fresh()).toList();
        for (int from = 0; from < recycled.size(); from += RangeWalk.PIECES_MAX) {
            List<MapBatch.Grant> some = recycled.subList(from, Math.min(recycled.size(), from + RangeWalk.PIECES_MAX));
            List<CompletableFuture<Void>> zeroings = new ArrayList<>();
            for (MapBatch.Grant grant : some) {
                zeroings.add(layout.array(grant.extent())
                        .writeZeroes(layout.offset(grant.extent()), pool.extentSize(), WriteMode.FUA));
            }
            for (int i = 0; i < some.size(); i++) {
                refuseIfFailed(batch, some.get(i), zeroings.get(i));
            }
        }
    }

    private static void refuseIfFailed(MapBatch batch, MapBatch.Grant grant, CompletableFuture<Void> zeroing) {
        try {
            zeroing.join();
        } catch (CompletionException failure) {
            if (!(Failures.unwrap(failure) instanceof DeviceException known)) {
                throw failure;
            }
            batch.refuse(grant, known);
        }
    }

    private DeviceException full(Volume volume) {
        if (!fullReported) {
            fullReported = true;
            LOG.warn("pool is full, writes that need an extent fail pool={} extents={}", pool.name(), space.total());
        }
        return new DeviceException(
                DeviceException.Code.NO_SPACE,
                volume.deviceName(),
                "pool " + pool.name() + " has none of its " + space.total()
                        + " extents free: discard data, delete a volume or use a larger pool");
    }

    private void fail(Work.MapExtent request, DeviceException failure) {
        request.done().completeExceptionally(failure);
    }

    private static void settleFailed(UnmapRequest request, BlockStoreException failure) {
        request.settle(false);
        request.done().completeExceptionally(Failures.ofCommit(request.volume().deviceName(), failure));
    }

    /** Fails all that waits. On the worker when it ends, later on whoever still asks for something. */
    private synchronized void failAll() {
        BlockStoreException reason = ownership.asBlockStoreException();
        inbox.drainTo(next);
        for (Work work = next.poll(); work != null; work = next.poll()) {
            switch (work) {
                case Work.MapExtent request ->
                    fail(request, Failures.ofCommit(request.volume().deviceName(), reason));
                case Work.BeginUnmap(UnmapRequest request) -> settleFailed(request, reason);
                case Work.Change(Runnable task) -> task.run();
                case Work.MapAhead _, Work.Unmap _, Work.Wake _, Work.Stop _ -> {
                    // Nobody waits for these; what an Unmap drains is settled below.
                }
            }
        }
        draining.forEach(request -> settleFailed(request, reason));
        draining.clear();
    }
}
