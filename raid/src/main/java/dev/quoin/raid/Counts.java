package dev.quoin.raid;

import java.util.concurrent.atomic.LongAdder;

/** What an array has met since it was started. Safe for use by many threads. */
final class Counts {
    final LongAdder blocksRead = new LongAdder();
    final LongAdder blocksWritten = new LongAdder();
    final LongAdder checksumErrors = new LongAdder();
    final LongAdder readErrors = new LongAdder();
    final LongAdder repaired = new LongAdder();
    final LongAdder unrepairable = new LongAdder();
    final LongAdder journalBatches = new LongAdder();
    final LongAdder journalSyncs = new LongAdder();
    final LongAdder checkpoints = new LongAdder();
}
