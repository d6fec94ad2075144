package dev.quoin.blockstore;

import dev.quoin.blockstore.catalogue.PoolRecord;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.Geometry;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Where the extents of a pool lie on its arrays. Immutable; any thread may use it. */
final class PoolLayout {

    private final PoolRecord pool;
    private final BlockDevice[] arrays;

    /** The first pool extent of each part. */
    private final int[] bases;

    PoolLayout(PoolRecord pool, List<BlockDevice> arrays) {
        this.pool = pool;
        this.arrays = arrays.toArray(BlockDevice[]::new);
        this.bases = new int[this.arrays.length];
        for (int i = 1; i < bases.length; i++) {
            bases[i] = bases[i - 1] + pool.parts().get(i - 1).extentCount();
        }
    }

    /** The array that holds an extent. */
    BlockDevice array(int extent) {
        return arrays[part(extent)];
    }

    /** Where on its array an extent begins, in bytes. */
    long offset(int extent) {
        int part = part(extent);
        return pool.parts().get(part).dataStart() + (extent - bases[part]) * pool.extentSize();
    }

    /** Makes all that was written to any array durable. */
    CompletableFuture<Void> flush() {
        if (arrays.length == 1) {
            return arrays[0].flush();
        }
        CompletableFuture<?>[] flushes = new CompletableFuture<?>[arrays.length];
        for (int i = 0; i < arrays.length; i++) {
            flushes[i] = arrays[i].flush();
        }
        return CompletableFuture.allOf(flushes);
    }

    /** The geometry of a volume of {@code size} bytes. */
    Geometry geometry(long size) {
        int physical = pool.blockSize();
        int transfer = arrays[0].geometry().optimalTransfer();
        for (int i = 0; i < arrays.length; i++) {
            Geometry of = arrays[i].geometry();
            physical = Math.max(physical, of.physicalBlockSize());
            boolean aligned = of.optimalTransfer() > 0
                    && of.optimalTransfer() == transfer
                    && transfer % pool.blockSize() == 0
                    && pool.extentSize() % transfer == 0
                    && pool.parts().get(i).dataStart() % transfer == 0;
            if (!aligned) {
                transfer = 0;
            }
        }
        return new Geometry(pool.blockSize(), size, physical, transfer, true);
    }

    private int part(int extent) {
        if (bases.length == 1) {
            return 0;
        }
        int found = Arrays.binarySearch(bases, extent);
        return found >= 0 ? found : -found - 2;
    }
}
