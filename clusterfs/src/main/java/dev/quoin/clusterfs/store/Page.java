package dev.quoin.clusterfs.store;

import dev.quoin.clusterfs.disk.BlockHeader;

/**
 * One block of a file in memory. Its monitor guards bytes and mark while somebody may write it out; readers are kept from writers by the
 * cluster lock of the inode.
 */
public final class Page {

    private final long physical;
    private final byte[] bytes;
    private boolean dirty;

    /** A clean page over these bytes, which it keeps. */
    public Page(long physical, byte[] bytes) {
        this.physical = physical;
        this.bytes = bytes;
    }

    /** The block on the device. */
    public long physical() {
        return physical;
    }

    /** Copies {@code length} bytes from {@code at} on into {@code target}; under a hold of the inode. */
    public void read(int at, java.nio.ByteBuffer target, int length) {
        target.put(bytes, at, length);
    }

    synchronized void write(int at, byte[] source, int from, int length) {
        System.arraycopy(source, from, bytes, at, length);
    }

    synchronized void zero(int at) {
        java.util.Arrays.fill(bytes, at, BlockHeader.BLOCK_SIZE, (byte) 0);
    }

    /** Marks the page dirty; returns whether it was clean. */
    synchronized boolean markDirty() {
        boolean was = dirty;
        dirty = true;
        return !was;
    }

    /** Marks the page clean; returns whether it was dirty. */
    synchronized boolean markClean() {
        boolean was = dirty;
        dirty = false;
        return was;
    }

    /** Marks the page clean and copies it. */
    synchronized void take(byte[] target, int to) {
        dirty = false;
        System.arraycopy(bytes, 0, target, to, BlockHeader.BLOCK_SIZE);
    }

    synchronized boolean isDirty() {
        return dirty;
    }
}
