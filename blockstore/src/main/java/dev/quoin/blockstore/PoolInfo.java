package dev.quoin.blockstore;

import java.util.List;
import java.util.UUID;

/**
 * A pool as its owner sees it.
 *
 * @param arrays the names of its arrays
 * @param extentSize in bytes
 * @param capacity the extents that it has, in bytes
 * @param allocated the extents that volumes hold, in bytes
 * @param provisioned the sizes of its volumes, in bytes; may pass the capacity
 * @param volumes how many volumes it has
 * @param warnAtPercent the share of its extents in use at which the users of its volumes are warned
 * @param fenced whether this node has lost it
 */
public record PoolInfo(
        UUID id,
        String name,
        List<String> arrays,
        long extentSize,
        long capacity,
        long allocated,
        long provisioned,
        int volumes,
        int warnAtPercent,
        boolean fenced) {

    public PoolInfo {
        arrays = List.copyOf(arrays);
    }

    /** The extents that no volume holds, in bytes. */
    public long free() {
        return capacity - allocated;
    }
}
