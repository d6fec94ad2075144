package dev.quoin.raid;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The checksums of one member's data region, in memory.
 *
 * <p>On the member, entry {@code b} is the four little-endian bytes at {@code 4 b} of the checksum region: the {@link BlockChecksum} of
 * cell {@code b} of the data, or one of its two special values. The region needs no checksum of its own, because each entry proves
 * itself against its cell, and an entry that was lost stands against those of its row.
 *
 * <p>Read whole when the array starts and kept, 0.1 % of what was ever written. An entry is set after its block was written in
 * place, and reaches the member at the next checkpoint, before the journal forgets the write. Entries may be read by any
 * thread; what orders reading and setting is the lock of the band.
 */
final class ChecksumTable {

    private static final int ENTRIES = Addressing.BLOCK / 4;
    private static final int LOAD_BYTES = 1024 * 1024;

    private final AtomicReferenceArray<int[]> pages;
    private final BitSet dirty = new BitSet();

    ChecksumTable(long blocks) {
        this.pages = new AtomicReferenceArray<>(Math.toIntExact((blocks + ENTRIES - 1) / ENTRIES));
    }

    /** Reads the table of a member. Blocking. */
    static ChecksumTable load(BlockDevice device, Regions regions, int cell) throws DeviceException {
        ChecksumTable table = new ChecksumTable(regions.dataLength() / cell);
        long length = (long) table.pages.length() * Addressing.BLOCK;
        for (long at = 0; at < length; at += LOAD_BYTES) {
            int step = (int) Math.min(LOAD_BYTES, length - at);
            ByteBuffer bytes =
                    BlockIo.read(device, regions.checksumsOffset() + at, step).order(ByteOrder.LITTLE_ENDIAN);
            for (int page = 0; page < step / Addressing.BLOCK; page++) {
                table.load((int) (at / Addressing.BLOCK) + page, bytes.position(page * Addressing.BLOCK));
            }
        }
        return table;
    }

    /** A table for more blocks that goes on where this one, which must not be changed any more, ends. */
    ChecksumTable grown(long blocks) {
        ChecksumTable grown = new ChecksumTable(blocks);
        for (int index = 0; index < pages.length(); index++) {
            grown.pages.set(index, pages.get(index));
        }
        grown.markDirty(takeDirty());
        return grown;
    }

    private void load(int index, ByteBuffer bytes) {
        int[] page = new int[ENTRIES];
        bytes.asIntBuffer().get(page);
        for (int entry : page) {
            if (entry != BlockChecksum.UNWRITTEN) {
                pages.set(index, page);
                return;
            }
        }
    }

    int get(long block) {
        int[] page = pages.get((int) (block / ENTRIES));
        return page == null ? BlockChecksum.UNWRITTEN : page[(int) (block % ENTRIES)];
    }

    void set(long block, int checksum) {
        int index = (int) (block / ENTRIES);
        int[] page = pages.get(index);
        if (page == null) {
            if (checksum == BlockChecksum.UNWRITTEN) {
                return;
            }
            pages.compareAndSet(index, null, new int[ENTRIES]);
            page = pages.get(index);
        }
        page[(int) (block % ENTRIES)] = checksum;
        // After the entry: whoever takes the mark away copies the page later and so sees the entry.
        synchronized (dirty) {
            dirty.set(index);
        }
    }

    /** Whether no block of the page that holds {@code block} was ever written. */
    boolean pageUnwritten(long block) {
        return pages.get((int) (block / ENTRIES)) == null;
    }

    /** How many pages there are. */
    int pages() {
        return pages.length();
    }

    /** Marks those pages of a range that may hold something. */
    void markDirty(int first, int end) {
        synchronized (dirty) {
            for (int index = first; index < end; index++) {
                dirty.set(index, dirty.get(index) || pages.get(index) != null);
            }
        }
    }

    /** Takes all marks of pages that were changed since the last call, or that {@link #markDirty} gave back. */
    BitSet takeDirty() {
        synchronized (dirty) {
            BitSet taken = (BitSet) dirty.clone();
            dirty.clear();
            return taken;
        }
    }

    /** Marks pages whose writing failed. */
    void markDirty(BitSet taken) {
        synchronized (dirty) {
            dirty.or(taken);
        }
    }

    /** A copy of {@code count} pages in the form they have on the member. */
    ByteBuffer encode(int first, int count) {
        ByteBuffer bytes = ByteBuffer.allocate(count * Addressing.BLOCK).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            int[] page = pages.get(first + i);
            if (page != null) {
                bytes.position(i * Addressing.BLOCK);
                bytes.asIntBuffer().put(page);
            }
        }
        return bytes.position(0);
    }
}
