package dev.quoin.raid;

/**
 * How far a change of the layout has come, in bands of the new one.
 *
 * <p>Records of moved bands enter the journal in order, so a replay that finds one knows that all before it were moved. What the
 * superblocks say needs to be no more than that, but all of what the journal forgets.
 */
final class Frontier {

    private volatile long position;
    private volatile long placed;

    Frontier(long recorded) {
        this.position = recorded;
        this.placed = recorded;
    }

    /** So many bands of the new layout are where requests go. */
    long position() {
        return position;
    }

    /** Called by the one who moves, who has all bands concerned, when the new ones are in memory and before the journal has them. */
    void advance(long bands) {
        position = bands;
    }

    /** So many of them are in place, or were. */
    long placed() {
        return placed;
    }

    /** A record of a band is in place. Called in the order of the journal, by one thread at a time. */
    void isPlaced(long band) {
        if (band >= Addressing.MOVED) {
            placed = Math.max(placed, Addressing.place(band) + 1);
        }
    }
}
