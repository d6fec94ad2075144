package dev.quoin.raid;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The {@link IntentBitmap} of a running array: when a page of it is due, and which bits may be forgotten.
 *
 * <p>Its lock is held for a few instructions, also by who has the lock of the journal, and never the other way round.
 */
final class Intent {

    private final ArrayCore core;
    private final IntentBitmap bitmap;
    private long barrier;
    /** Whether the bitmap has bits that no page on the members has yet. */
    private boolean newBits;

    /** A page with the place where it belongs on each member. */
    record Page(ByteBuffer bytes, long offset) {}

    Intent(ArrayCore core, IntentBitmap bitmap) {
        this.core = core;
        this.bitmap = bitmap;
    }

    synchronized void mark(long band) {
        newBits |= bitmap.set(Addressing.place(band));
    }

    /** Marks a range of bands; the bits are durable when the next record of the journal is. */
    synchronized void mark(long from, long end) {
        for (long band = from; band < end; band++) {
            mark(band);
        }
    }

    /** Whether a band may have been written to, as far as those know who had the band before. */
    synchronized boolean isMarked(long band) {
        return bitmap.get(band);
    }

    /** How many regions are marked. */
    synchronized int regions() {
        return bitmap.count();
    }

    /** The bits as they are now, for an array of so many bands. */
    synchronized IntentBitmap copy(long bands) {
        IntentBitmap copy = IntentBitmap.empty(core.uuid, bands, core.map.bandBytes());
        copy.addAll(bitmap);
        return copy;
    }

    /** The bitmap as it is now. */
    synchronized Page page() {
        long offset = bitmap.nextOffset();
        return new Page(bitmap.encode(), offset);
    }

    /** The bitmap as it is now, if it has bits that no page had so far. */
    synchronized @Nullable Page pageOfNewBits() {
        boolean due = newBits;
        newBits = false;
        return due ? page() : null;
    }

    /**
     * Forgets old bits, in memory; the next page that is written lacks them. A bit goes when all batches that set it are
     * settled, and only while no member has anything to catch up with.
     *
     * @param settled the last batch that is settled
     * @param sealed the last batch that may have set a bit
     */
    synchronized void forget(long settled, long sealed) {
        boolean mayForget = core.isOptimal() || core.sabotage == Sabotage.FORGETFUL_BITMAP;
        if (mayForget && settled >= barrier) {
            bitmap.clearOld();
            core.windows.ranges().forEach(range -> mark(range.from(), range.end()));
            barrier = sealed;
        }
    }
}
