package dev.quoin.blockstore;

import dev.quoin.blockstore.catalogue.PoolRecord;
import dev.quoin.device.AtomicWrites;
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

    private final AtomicWrites atomicWrites;

    PoolLayout(PoolRecord pool, List<BlockDevice> arrays) {
        this.pool = pool;
        this.arrays = arrays.toArray(BlockDevice[]::new);
        this.bases = new int[this.arrays.length];
        for (int i = 1; i < bases.length; i++) {
            bases[i] = bases[i - 1] + pool.parts().get(i - 1).extentCount();
        }
        this.atomicWrites = atomicWrites(pool, this.arrays);
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

    /** The atomic writes that all arrays can do wherever an extent lies; each is inside one extent. */
    AtomicWrites atomicWrites() {
        return atomicWrites;
    }

    private static AtomicWrites atomicWrites(PoolRecord pool, BlockDevice[] arrays) {
        int length = Integer.MAX_VALUE;
        int alignment = pool.blockSize();
        for (int i = 0; i < arrays.length; i++) {
            AtomicWrites of = arrays[i].atomicWrites();
            length = Math.min(length, of.lengthMax());
            alignment = Math.max(alignment, of.alignment());
            if (!of.any() || pool.parts().get(i).dataStart() % of.alignment() != 0) {
                return AtomicWrites.NONE;
            }
        }
        // Aligned to a power of two that divides the extent and is no shorter, none crosses the end of an extent.
        length = (int) Math.min(length, Long.lowestOneBit(pool.extentSize()));
        alignment = Math.max(alignment, Integer.highestOneBit(length));
        length = Math.min(length, alignment);
        boolean fits = Integer.bitCount(alignment) == 1 && pool.extentSize() % alignment == 0;
        return fits ? new AtomicWrites(length, alignment) : AtomicWrites.NONE;
    }

    private int part(int extent) {
        if (bases.length == 1) {
            return 0;
        }
        int found = Arrays.binarySearch(bases, extent);
        return found >= 0 ? found : -found - 2;
    }
}
