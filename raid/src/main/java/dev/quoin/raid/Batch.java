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

    final long payload;

    Batch(
            List<BandRecord> records,
            long sequence,
            long syncedBefore,
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
        this.events = events;
        this.participants = participants;
        this.absent = absent;
        this.headerLength = headerLength;
        this.ringOffsets = ringOffsets;
        this.partLengths = partLengths;
        long bytes = 0;
        for (BandRecord record : records) {
            bytes += (long) record.payload() * cell;
        }
        this.payload = bytes;
    }

    boolean isEmpty() {
        return participants == 0;
    }
}
