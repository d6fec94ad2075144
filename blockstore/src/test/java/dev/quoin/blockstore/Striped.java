package dev.quoin.blockstore;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.ForwardingDevice;
import dev.quoin.device.Geometry;
import java.util.concurrent.CompletableFuture;

/** A device that asks for transfers of whole stripes, as an array does, and promises nothing about discarded blocks. */
final class Striped extends ForwardingDevice {

    private final int stripe;

    Striped(BlockDevice under, int stripe) {
        super(under);
        this.stripe = stripe;
    }

    @Override
    public Geometry geometry() {
        Geometry of = under().geometry();
        return new Geometry(of.blockSize(), of.size(), of.physicalBlockSize(), stripe, false);
    }

    @Override
    public CompletableFuture<Void> discard(long offset, long length) {
        return CompletableFuture.completedFuture(null);
    }
}
