package dev.quoin.raid;

/**
 * How far a scrub came that is to go on.
 *
 * <p>In the superblock it is one number: the bands in bits 0 to 62, and bit 63 if they were only checked.
 *
 * @param bands that are behind it; 0 if none is to go on
 * @param onlyChecked whether some of them were not repaired
 */
record ScrubMark(long bands, boolean onlyChecked) {

    static final ScrubMark NONE = new ScrubMark(0, false);

    static ScrubMark of(long number) {
        return new ScrubMark(number & Long.MAX_VALUE, number < 0);
    }

    long number() {
        return onlyChecked ? bands | Long.MIN_VALUE : bands;
    }

    /** Where a scrub begins: one that repairs takes nothing for done that was only checked. */
    ScrubMark from(ScrubMode mode) {
        return mode == ScrubMode.REPAIR && onlyChecked ? NONE : this;
    }

    /** The mark of a scrub that has come further. */
    ScrubMark at(long band, ScrubMode mode) {
        return new ScrubMark(band, onlyChecked || mode == ScrubMode.CHECK);
    }
}
