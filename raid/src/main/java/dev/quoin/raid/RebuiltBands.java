package dev.quoin.raid;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How far the rebuild of a member has come: all bands below a mark, and those of the window above it that are done already.
 *
 * <p>A band's own entry changes only while the rebuild has that band to itself, so who has the band gets one answer throughout.
 */
final class RebuiltBands {

    private final Set<Long> window = ConcurrentHashMap.newKeySet();
    private volatile long below;
    private volatile long recorded;

    RebuiltBands(long below) {
        this.below = below;
        this.recorded = below;
    }

    boolean contains(long band) {
        // In this order: advance() moves the mark before it empties the window.
        return window.contains(band) || band < below;
    }

    /** Called by who has the band. */
    void add(long band) {
        window.add(band);
    }

    /** Moves the mark; every band below it was added. */
    void advance(long mark) {
        below = mark;
        window.clear();
    }

    /** Begins anew. */
    void restart() {
        below = 0;
        recorded = 0;
        window.clear();
    }

    long below() {
        return below;
    }

    /** Says that the bands below {@code mark} are durable on the member. */
    void record(long mark) {
        recorded = mark;
    }

    long recordedBands() {
        return recorded;
    }
}
