package dev.quoin.raid;

import java.util.List;

/**
 * Records that enter the journal together, under one sequence number.
 *
 * <p>A batch without any change, which only carries acknowledgements, has the number of the batch before it and no parts.
 */
final class Batch {

    final List<BandRecord> records;
    final long sequence;
    final long syncedBefore;
    final long events;
    /** The roles that get a part, as bits. */
    final int participants;
    /** The roles that were absent for some record, or have failed since, as bits. */
    final int absent;

    final int headerLength;
    /** For each role the place of its part in the ring. */
    final long[] ringOffsets;
    /** For each role the length of its part in bytes. */
    final int[] partLengths;

    /** What it stores, in bytes. */
    final long payload;
    /** What was put in place before, in bytes. */
    final long placed;
    /** What is to be put over something without a copy in the journal, in bytes. */
    final long over;
    /** What the batches up to this one had of that was in place, durably. */
    final long overBefore;

    Batch(
            List<BandRecord> records,
            long sequence,
            long syncedBefore,
            long overBefore,
            long events,
            int participants,
            int absent,
            int headerLength,
            long[] ringOffsets,
            int[] partLengths,
            int cell) {
        this.records = List.copyOf(records);
        this.sequence = sequence;
        this.syncedBefore = syncedBefore;
        this.overBefore = overBefore;
        this.events = events;
        this.participants = participants;
        this.absent = absent;
        this.headerLength = headerLength;
        this.ringOffsets = ringOffsets;
        this.partLengths = partLengths;
        long stored = 0;
        long there = 0;
        long left = 0;
        for (BandRecord record : records) {
            stored += (long) record.payload() * cell;
            there += (long) record.placed() * cell;
            left += (long) record.over() * cell;
        }
        this.payload = stored;
        this.placed = there;
        this.over = left;
    }

    boolean isEmpty() {
        return participants == 0;
    }
}
