package dev.quoin.blockstore;

import dev.quoin.blockstore.catalogue.VolumeRecord;
import dev.quoin.blockstore.extent.AheadPlanner;
import dev.quoin.blockstore.extent.VolumeMap;
import dev.quoin.device.DeviceEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A volume in memory: its map, and who has it open.
 *
 * <p>The map is changed by the pool's worker only; the list of handles is guarded by this object's monitor.
 */
final class Volume {

    /** How many times a volume may be open at once. */
    static final int HANDLES_MAX = 64;

    /** How long growing waits for discards of the volume's end. */
    private static final Duration TAIL_WAIT = Duration.ofSeconds(30);

    private final long extentSize;
    private volatile VolumeRecord record;
    private final VolumeMap map;
    private final AheadPlanner planner = new AheadPlanner();

    /** The unmapping under way of each extent that is draining. */
    private final ConcurrentHashMap<Long, UnmapRequest> unmappings = new ConcurrentHashMap<>();

    private final List<VolumeDevice> handles = new ArrayList<>();
    private boolean deleting;
    private boolean deletingForGood;

    /** Discards under way that take an extent that is cut off by the volume's end for whole. */
    private int tailDiscards;

    private boolean growing;

    Volume(VolumeRecord record, long extentSize, int chunkExtents) {
        this.record = record;
        this.extentSize = extentSize;
        this.map = new VolumeMap(Math.ceilDiv(record.size(), extentSize), chunkExtents);
        this.deletingForGood = record.state() == VolumeRecord.State.DELETING;
        this.deleting = deletingForGood;
    }

    VolumeRecord record() {
        return record;
    }

    VolumeMap map() {
        return map;
    }

    /** In bytes. */
    long size() {
        return record.size();
    }

    /** Worker only. */
    AheadPlanner planner() {
        return planner;
    }

    /** The name for messages. */
    String deviceName() {
        return "volume " + record.name();
    }

    /** Ends a request that {@link VolumeMap#enter} let in. */
    void exit(long index) {
        if (map.exit(index)) {
            UnmapRequest request = unmappings.get(index);
            if (request != null) {
                request.drainedOne();
            }
        }
    }

    /** Completes, always normally, when the unmapping of {@code index} has ended one way or the other. */
    CompletableFuture<Void> unmappingEnd(long index) {
        UnmapRequest request = unmappings.get(index);
        return request == null ? CompletableFuture.completedFuture(null) : request.settled();
    }

    /** Worker only. */
    ConcurrentHashMap<Long, UnmapRequest> unmappings() {
        return unmappings;
    }

    /** Notes a new handle. */
    synchronized void opened(VolumeDevice handle) throws BlockStoreException {
        if (deleting) {
            throw new BlockStoreException(
                    BlockStoreException.Code.NOT_FOUND, deviceName() + " is being deleted: create a new one");
        }
        if (handles.size() == HANDLES_MAX) {
            throw new BlockStoreException(
                    BlockStoreException.Code.LIMIT_EXCEEDED,
                    deviceName() + " is open " + HANDLES_MAX + " times, as often as can be: close one");
        }
        handles.add(handle);
    }

    /** Forgets a handle. */
    synchronized void closed(VolumeDevice handle) {
        handles.remove(handle);
    }

    /** Refuses new handles from now on, if there are none. */
    synchronized void beginDelete() throws BlockStoreException {
        if (!handles.isEmpty()) {
            throw new BlockStoreException(
                    BlockStoreException.Code.IN_USE,
                    deviceName() + " is open " + handles.size() + " times: close it everywhere, then delete it");
        }
        deleting = true;
    }

    /** Notes that the registry says so too: parts of the map may be gone from now on. */
    synchronized void deletingIsDurable() {
        deletingForGood = true;
    }

    /** Lets it be opened again, if the deletion has changed nothing yet. */
    synchronized void cancelDelete() {
        deleting = deletingForGood;
    }

    synchronized boolean isDeleting() {
        return deleting;
    }

    synchronized List<VolumeDevice> handles() {
        return List.copyOf(handles);
    }

    /**
     * Whether a discard may free the extent that the end of the volume cuts off, of which it covers what there is. Then
     * {@link #endTailDiscard} has to follow. It may not while the volume grows: what is added to the extent may be written before the
     * extent is freed.
     *
     * @param size the size that the discard was told of
     */
    synchronized boolean beginTailDiscard(long size) {
        if (growing || size != record.size()) {
            return false;
        }
        tailDiscards++;
        return true;
    }

    synchronized void endTailDiscard() {
        tailDiscards--;
        notifyAll();
    }

    /** Waits for the discards that stand against a change of the size; {@link #endGrow} has to follow. One caller at a time. Blocking. */
    synchronized void beginGrow() throws BlockStoreException {
        growing = true;
        long deadline = System.nanoTime() + TAIL_WAIT.toNanos();
        try {
            while (tailDiscards > 0) {
                long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                if (left <= 0) {
                    throw discarding();
                }
                wait(left);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw discarding();
        }
    }

    synchronized void endGrow() {
        growing = false;
    }

    private BlockStoreException discarding() {
        return new BlockStoreException(
                BlockStoreException.Code.IN_USE,
                deviceName() + " has a discard of its end under way, none expected while it grows: try again");
    }

    /** The volume is larger now, which the registry says too. Worker only. */
    void grown(VolumeRecord larger) {
        map.grow(Math.ceilDiv(larger.size(), extentSize));
        // Last: who sees the new size finds a map for it.
        record = larger;
    }

    /** Tells the listeners of all handles. */
    void tell(DeviceEvent event) {
        handles().forEach(handle -> handle.tell(event));
    }

    VolumeInfo info() {
        return new VolumeInfo(
                record.id(),
                record.name(),
                record.pool(),
                record.size(),
                map.mapped() * extentSize,
                handles().size());
    }
}
