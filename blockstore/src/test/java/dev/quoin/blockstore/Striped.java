package dev.quoin.blockstore;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.Geometry;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/** A device that asks for transfers of whole stripes, as an array does, and promises nothing about discarded blocks. */
final class Striped implements BlockDevice {

    private final BlockDevice under;
    private final int stripe;

    Striped(BlockDevice under, int stripe) {
        this.under = under;
        this.stripe = stripe;
    }

    @Override
    public String name() {
        return under.name();
    }

    @Override
    public Geometry geometry() {
        Geometry of = under.geometry();
        return new Geometry(of.blockSize(), of.size(), of.physicalBlockSize(), stripe, false);
    }

    @Override
    public CompletableFuture<Void> read(long offset, ByteBuffer target) {
        return under.read(offset, target);
    }

    @Override
    public CompletableFuture<Void> write(long offset, ByteBuffer source, WriteMode mode) {
        return under.write(offset, source, mode);
    }

    @Override
    public CompletableFuture<Void> flush() {
        return under.flush();
    }

    @Override
    public CompletableFuture<Void> writeZeroes(long offset, long length, WriteMode mode) {
        return under.writeZeroes(offset, length, mode);
    }

    @Override
    public CompletableFuture<Void> discard(long offset, long length) {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void close() {
        under.close();
    }
}
