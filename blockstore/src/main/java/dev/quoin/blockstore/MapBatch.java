package dev.quoin.blockstore;

import dev.quoin.blockstore.catalogue.MapChunk;
import dev.quoin.blockstore.catalogue.Names;
import dev.quoin.blockstore.extent.AheadPlanner;
import dev.quoin.blockstore.extent.ExtentSpace;
import dev.quoin.device.DeviceException;
import dev.quoin.dlm.api.Transaction;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * Changes of maps that go into one transaction: extents granted and extents freed, and the chunks that they change.
 *
 * <p>Taking part changes only the free space; the maps change in {@link #applied()}, after the commit. Used by the pool's worker.
 */
final class MapBatch {

    /** The registry's share of the bytes of a chunk beside its value: the key and the operation. */
    private static final int CHUNK_OVERHEAD = 128;

    /** Below this many free extents nothing is mapped ahead: what is left is for those who need it now. */
    private static final int AHEAD_FREE_MIN = 16;

    /** The share of the free extents that may be mapped ahead at once. */
    private static final int AHEAD_FREE_SHARE = 16;

    private record Place(Volume volume, long index) {}

    private record ChunkPlace(Volume volume, int chunk) {}

    /** An extent for a volume extent, and the writes that wait for it. */
    record Grant(
            Volume volume,
            long index,
            int extent,
            boolean fresh,
            boolean mark,
            List<CompletableFuture<Void>> waiting) {}

    private final ExtentSpace space;
    private final int chunksMax;
    private final Map<Place, Grant> grants = new LinkedHashMap<>();
    private final Map<ChunkPlace, int[]> chunks = new LinkedHashMap<>();
    private final List<UnmapRequest> unmaps = new ArrayList<>();

    MapBatch(ExtentSpace space, int chunkExtents) {
        this.space = space;
        this.chunksMax = Math.min(
                PoolCommitter.OPERATIONS_MAX,
                PoolCommitter.BYTES_MAX / (MapChunk.lengthOf(chunkExtents) + CHUNK_OVERHEAD));
    }

    boolean isEmpty() {
        return grants.isEmpty() && unmaps.isEmpty();
    }

    /** Whether one more request surely fits in the transaction. */
    boolean hasRoom(int chunkExtents) {
        return chunks.size() + 2 + AheadPlanner.WINDOW_MAX / chunkExtents <= chunksMax;
    }

    Collection<Grant> grants() {
        return grants.values();
    }

    /**
     * Grants the extent that a write waits for, and more if it goes on where it was.
     *
     * @return false if the pool is full
     */
    boolean want(Work.MapExtent request) {
        Volume volume = request.volume();
        Grant planned = grants.get(new Place(volume, request.index()));
        if (planned != null) {
            planned.waiting().add(request.done());
            return true;
        }
        int window = volume.planner().windowAt(request.index());
        int count = grant(volume, request.index(), Math.min(window, 1 + aheadMax()));
        if (count == 0) {
            return false;
        }
        grants.get(new Place(volume, request.index())).waiting().add(request.done());
        return true;
    }

    /** Grants the next window of a stream whose writer has come near the end of the last one. */
    void ahead(Work.MapAhead request) {
        Volume volume = request.volume();
        if (volume.isDeleting()) {
            return;
        }
        long end =
                Math.min(request.near() + AheadPlanner.WINDOW_MAX, volume.map().extentCount() - 1);
        long index = request.near() + 1;
        while (index <= end && isTaken(volume, index)) {
            index++;
        }
        int window = volume.planner().windowAt(index);
        if (index <= end && window > 1) {
            grant(volume, index, Math.min(window, aheadMax()));
        }
    }

    /** Frees what {@code request} has drained. */
    void unmap(UnmapRequest request) {
        unmaps.add(request);
        int[] entries = chunk(request.volume(), request.chunk());
        for (long index : request.draining()) {
            entries[slot(request.volume(), index)] = MapChunk.UNMAPPED;
        }
    }

    /** Takes a grant back whose extent could not be made ready. */
    void refuse(Grant grant, DeviceException failure) {
        grants.remove(new Place(grant.volume(), grant.index()));
        chunk(grant.volume(), grant.volume().map().chunkOf(grant.index()))[slot(grant.volume(), grant.index())] =
                MapChunk.UNMAPPED;
        space.release(grant.extent());
        grant.waiting().forEach(waiting -> waiting.completeExceptionally(failure));
    }

    /** Adds the chunks as they are to be. */
    void addTo(Transaction.Builder builder) {
        chunks.forEach((place, entries) -> {
            MapChunk chunk = new MapChunk(place.volume().record().id(), place.chunk(), entries);
            String key = Names.map(chunk.volume(), chunk.index());
            if (chunk.isEmpty()) {
                builder.delete(key);
            } else {
                builder.put(key, chunk.encode());
            }
        });
    }

    /** Changes the maps as was committed, and tells who waits. */
    void applied() {
        for (Grant grant : grants.values()) {
            grant.volume().map().map(grant.index(), grant.extent(), grant.mark());
        }
        for (UnmapRequest request : unmaps) {
            for (long index : request.draining()) {
                space.release(request.volume().map().extentOf(index));
            }
            request.settle(true);
        }
        grants.values().forEach(grant -> grant.waiting().forEach(waiting -> waiting.complete(null)));
        unmaps.forEach(UnmapRequest::finish);
    }

    /** Leaves the maps as they are, and tells who waits why. */
    void failed(BlockStoreException failure) {
        for (Grant grant : grants.values()) {
            space.release(grant.extent());
        }
        for (UnmapRequest request : unmaps) {
            request.settle(false);
        }
        grants.values()
                .forEach(grant -> grant.waiting()
                        .forEach(waiting -> waiting.completeExceptionally(
                                Failures.ofCommit(grant.volume().deviceName(), failure))));
        unmaps.forEach(request -> request.done()
                .completeExceptionally(Failures.ofCommit(request.volume().deviceName(), failure)));
    }

    private int grant(Volume volume, long from, int countMax) {
        int count = 0;
        long end = volume.map().extentCount();
        List<Integer> extents = new ArrayList<>();
        List<Boolean> fresh = new ArrayList<>();
        while (count < countMax && from + count < end && !isTaken(volume, from + count)) {
            int highWater = space.highWater();
            int extent = space.take();
            if (extent == ExtentSpace.NONE) {
                break;
            }
            extents.add(extent);
            fresh.add(extent >= highWater);
            count++;
        }
        for (int i = 0; i < count; i++) {
            long index = from + i;
            boolean mark = AheadPlanner.isMarked(i, count);
            Grant grant = new Grant(volume, index, extents.get(i), fresh.get(i), mark, new ArrayList<>());
            grants.put(new Place(volume, index), grant);
            chunk(volume, volume.map().chunkOf(index))[slot(volume, index)] = grant.extent() + 1;
        }
        if (count > 0) {
            volume.planner().granted(from, count);
        }
        return count;
    }

    private boolean isTaken(Volume volume, long index) {
        return volume.map().isMapped(index) || grants.containsKey(new Place(volume, index));
    }

    private int aheadMax() {
        int free = space.free();
        return free < AHEAD_FREE_MIN ? 0 : Math.max(1, free / AHEAD_FREE_SHARE);
    }

    private int[] chunk(Volume volume, int chunk) {
        return chunks.computeIfAbsent(
                new ChunkPlace(volume, chunk), place -> volume.map().entries(chunk));
    }

    private static int slot(Volume volume, long index) {
        return (int) (index % volume.map().chunkExtents());
    }
}
