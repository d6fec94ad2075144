package dev.quoin.blockstore;

import dev.quoin.blockstore.catalogue.VolumeRecord;
import dev.quoin.blockstore.extent.AheadPlanner;
import dev.quoin.blockstore.extent.VolumeMap;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A volume in memory: its map, and who has it open.
 *
 * <p>The map is changed by the pool's worker only; the list of handles is guarded by this object's monitor.
 */
final class Volume {

    /** How many times a volume may be open at once. */
    static final int HANDLES_MAX = 64;

    private final VolumeRecord record;
    private final VolumeMap map;
    private final AheadPlanner planner = new AheadPlanner();

    /** The unmapping under way of each extent that is draining. */
    private final ConcurrentHashMap<Long, UnmapRequest> unmappings = new ConcurrentHashMap<>();

    private final List<VolumeDevice> handles = new ArrayList<>();
    private boolean deleting;
    private boolean deletingForGood;

    Volume(VolumeRecord record, long extentSize, int chunkExtents) {
        this.record = record;
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

    VolumeInfo info(long extentSize) {
        return new VolumeInfo(
                record.id(),
                record.name(),
                record.pool(),
                record.size(),
                map.mapped() * extentSize,
                handles().size());
    }
}
