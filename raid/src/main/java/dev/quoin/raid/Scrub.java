package dev.quoin.raid;

import dev.quoin.device.DeviceException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;

/**
 * Reads every block that was ever written, repairs what is bad if it is to, and checks that each row's parity is right. Blocking, for a thread
 * of its own; the array serves meanwhile.
 *
 * <p>A scrub that was interrupted goes on where it was last recorded, which is done at each hundredth. With
 * {@link ScrubMode#CHECK} nothing is changed.
 */
final class Scrub {

    private static final int WINDOW = 32;
    private static final int RECORDS_MAX = 100;

    private final ArrayCore core;
    private final ScrubMode mode;
    private final Progress progress;
    private final LongAdder checked = new LongAdder();
    private final LongAdder dataChecksums = new LongAdder();
    private final LongAdder parityChecksums = new LongAdder();
    private final LongAdder readErrors = new LongAdder();
    private final LongAdder repaired = new LongAdder();
    private final LongAdder lost = new LongAdder();
    private final LongAdder mismatches = new LongAdder();
    private volatile boolean stopped;
    private volatile long done;

    Scrub(ArrayCore core, ScrubMode mode, Progress progress) {
        this.core = core;
        this.mode = mode;
        this.progress = progress;
        this.done = core.membership.scrubMark().from(mode).bands();
    }

    /** The bands that are behind it. */
    long doneBands() {
        return done;
    }

    /** Makes it end soon; the next goes on where it ended. */
    void stop() {
        stopped = true;
        core.throttle.wake();
    }

    private boolean isToStop() {
        return stopped || core.isClosing() || core.dead() != null;
    }

    ScrubReport run() throws DeviceException {
        long begin = System.nanoTime();
        long bandBytes = (long) core.map.bandBytes();
        long each = Math.max(WINDOW, core.bandCount / RECORDS_MAX);
        ScrubMark recorded = core.membership.scrubMark().from(mode);
        long first = recorded.bands();
        core.publish(
                ArrayEvent.Type.SCRUB_STARTED,
                -1,
                (mode == ScrubMode.CHECK ? "check only, " : "") + "from band " + first + " of " + core.bandCount);
        long end = first;
        while (end < core.bandCount) {
            core.throttle.await(this::isToStop);
            if (isToStop()) {
                if (core.dead() == null) {
                    record(recorded.at(end, mode));
                }
                ScrubReport report = stoppedAt(first, end, System.nanoTime() - begin);
                check();
                return report;
            }
            long from = end;
            end = Math.min(from + core.throttle.step(bandBytes, WINDOW), core.bandCount);
            long before = checked.sum();
            scrub(from, end);
            check();
            done = end;
            progress.at(end * bandBytes, core.bandCount * bandBytes);
            core.throttle.spent((checked.sum() - before) * core.map.cell() / core.roles());
            if (end - recorded.bands() >= each && end < core.bandCount) {
                recorded = recorded.at(end, mode);
                record(recorded);
            }
        }
        record(ScrubMark.NONE);
        ScrubReport report = report(true, first, end, System.nanoTime() - begin);
        core.publish(ArrayEvent.Type.SCRUB_FINISHED, -1, words(report));
        return report;
    }

    private void record(ScrubMark mark) {
        core.membership.change(() -> core.membership.scrubMark(mark)).join();
    }

    private ScrubReport stoppedAt(long first, long band, long nanos) {
        ScrubReport report = report(false, first, band, nanos);
        core.publish(
                ArrayEvent.Type.SCRUB_STOPPED, -1, "at band " + band + " of " + core.bandCount + ", " + words(report));
        return report;
    }

    private ScrubReport report(boolean complete, long first, long end, long nanos) {
        long bandBytes = core.map.bandBytes();
        return new ScrubReport(
                mode,
                complete,
                first * bandBytes,
                end * bandBytes,
                core.map.cell(),
                checked.sum(),
                dataChecksums.sum(),
                parityChecksums.sum(),
                readErrors.sum(),
                repaired.sum(),
                lost.sum(),
                mismatches.sum(),
                nanos);
    }

    private static String words(ScrubReport report) {
        return report.blocksChecked() + " blocks checked; bad: " + report.dataChecksums() + " data checksums, "
                + report.parityChecksums() + " parity checksums, " + report.readErrors() + " read errors, "
                + report.parityMismatches() + " mismatches; " + report.repaired() + " repaired, "
                + report.unrepairable() + " unrepairable";
    }

    private void scrub(long from, long end) {
        List<CompletableFuture<Void>> bands = new ArrayList<>();
        for (long band = from; band < end; band++) {
            var finished = new CompletableFuture<Void>();
            bands.add(finished);
            core.bands.enter(band, held -> scrub(held, finished));
        }
        CompletableFuture.allOf(bands.toArray(CompletableFuture[]::new)).join();
    }

    private void scrub(Band band, CompletableFuture<Void> finished) {
        int rows = core.map.rows();
        RowView view = new RowView(core, band.number, 0, rows);
        RowFetch fetch = new RowFetch(core, view, mode == ScrubMode.REPAIR);
        long[] want = new long[core.map.columns()];
        for (int column = 0; column < want.length; column++) {
            want[column] = view.member(column) == null ? 0 : Addressing.mask(0, rows) & ~view.surelyUnwritten(column);
        }
        fetch.fetch(want).thenRun(() -> {
            if (core.dead() == null) {
                for (int[] word : core.map.words(band.number)) {
                    count(view, word, want, fetch);
                }
            }
            core.bands.leave(band);
            finished.complete(null);
        });
    }

    private void count(RowView view, int[] word, long[] want, RowFetch fetch) {
        int data = word.length - core.map.redundancy().parities();
        boolean whole = true;
        long rows = -1;
        for (int position = 0; position < word.length; position++) {
            int column = word[position];
            if (view.member(column) == null) {
                whole = false;
                continue;
            }
            checked.add(Long.bitCount(want[column]));
            readErrors.add(Long.bitCount(fetch.refused(column)));
            (position < data ? dataChecksums : parityChecksums)
                    .add(Long.bitCount(fetch.bad(column) & ~fetch.refused(column)));
            lost.add(Long.bitCount(fetch.bad(column) & fetch.lost(column)));
            repaired.add(Long.bitCount(fetch.repaired(column)));
            rows &= want[column] & ~fetch.lost(column);
        }
        if (whole && word.length > 1 && rows != 0) {
            compare(word, rows, fetch);
        }
    }

    private void compare(int[] word, long rows, RowFetch fetch) {
        byte[][] cells = new byte[word.length][];
        for (int position = 0; position < word.length; position++) {
            cells[position] = fetch.content(word[position]);
        }
        Redundancy redundancy = core.map.redundancy();
        int cell = core.map.cell();
        for (long left = rows; left != 0; ) {
            int row = Long.numberOfTrailingZeros(left);
            int count = Addressing.runLength(left, row);
            left &= ~Addressing.mask(row, count);
            if (redundancy.agrees(cells, row * cell, count * cell)) {
                continue;
            }
            for (int i = row; i < row + count; i++) {
                mismatches.add(redundancy.agrees(cells, i * cell, cell) ? 0 : 1);
            }
        }
    }

    private void check() throws DeviceException {
        core.requireOpen("scrub when it is open again");
    }
}
