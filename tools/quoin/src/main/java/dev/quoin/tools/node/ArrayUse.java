package dev.quoin.tools.node;

import dev.quoin.blockstore.PoolInfo;
import dev.quoin.blockstore.VolumeInfo;
import dev.quoin.tools.fault.Fault;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who uses what lies on an array. */
final class ArrayUse {

    private ArrayUse() {}

    /**
     * Refuses to stop an array that is in use.
     *
     * @param pool on the array
     * @param volumes of all pools
     * @throws Fault if a volume on it is in use, or another array has a part of its pool
     */
    static void requireNone(
            String array,
            PoolInfo pool,
            List<VolumeInfo> volumes,
            @Nullable FileSystems fileSystems,
            @Nullable Targets targets)
            throws Fault {
        if (pool.arrays().size() > 1) {
            throw Fault.conflict(
                    "array " + array,
                    "pool " + pool.name() + " lies on " + pool.arrays() + ", a pool on this array alone expected",
                    "stop the node to stop them all");
        }
        for (VolumeInfo volume : volumes) {
            if (!volume.pool().equals(pool.name())) {
                continue;
            }
            boolean mounted = fileSystems != null && fileSystems.isMounted(volume.name());
            boolean exported = targets != null
                    && targets.list().stream()
                            .flatMap(target -> target.exports().stream())
                            .anyMatch(export -> export.volume().equals(volume.name()));
            if (mounted || exported) {
                throw Fault.conflict(
                        "array " + array,
                        "volume " + volume.name() + " of pool " + pool.name() + " on it is "
                                + (mounted ? "open as a file system" : "exported as a LUN") + ", one that nobody uses"
                                + " expected",
                        mounted ? "quoin fs unmount " + volume.name() : "quoin lun unmap, see quoin lun list");
            }
        }
    }
}
