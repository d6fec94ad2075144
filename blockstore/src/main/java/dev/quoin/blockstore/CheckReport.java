package dev.quoin.blockstore;

import java.util.List;
import java.util.Map;

/**
 * What {@link StoreCheck} found.
 *
 * @param problems what contradicts what, for people; empty if all is well
 * @param pools by name
 */
public record CheckReport(List<String> problems, Map<String, PoolCount> pools) {

    /**
     * The extents of a pool.
     *
     * @param total how many it has
     * @param mapped how many volumes hold
     */
    public record PoolCount(int total, int mapped) {}

    public CheckReport {
        problems = List.copyOf(problems);
        pools = Map.copyOf(pools);
    }

    /** Whether nothing contradicts anything. */
    public boolean isClean() {
        return problems.isEmpty();
    }
}
