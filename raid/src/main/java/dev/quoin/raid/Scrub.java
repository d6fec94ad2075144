package dev.quoin.raid;

import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;

/**
 * Reads every block that was ever written, repairs what is bad, and checks that each row's parity is right. Blocking, for a thread
 * of its own; the array serves meanwhile.
 *
 * <p>A scrub that was interrupted goes on where it was last recorded.
 */
final class Scrub {

    private static final int WINDOW = 32;
    private static final int RECORDS_MAX = 20;

    private final ArrayCore core;
    private final Progress progress;
    private final LongAdder checked = new LongAdder();
    private final LongAdder badData = new LongAdder();
    private final LongAdder badParity = new LongAdder();
    private final LongAdder repaired = new LongAdder();
    private final LongAdder lost = new LongAdder();
    private final LongAdder mismatches = new LongAdder();

    Scrub(ArrayCore core, Progress progress) {
        this.core = core;
        this.progress = progress;
    }

    ScrubReport run() throws DeviceException {
        long begin = System.nanoTime();
        long bandBytes = (long) core.map.bandBytes();
        long each = Math.max(WINDOW, core.bandCount / RECORDS_MAX);
        long recorded = core.membership.scrubbedBands();
        core.publish(ArrayEvent.Type.SCRUB_STARTED, -1, "from band " + recorded + " of " + core.bandCount);
        for (long from = recorded; from < core.bandCount; from += WINDOW) {
            long end = Math.min(from + WINDOW, core.bandCount);
            List<CompletableFuture<Void>> bands = new ArrayList<>();
            for (long band = from; band < end; band++) {
                var done = new CompletableFuture<Void>();
                bands.add(done);
                core.bands.enter(band, held -> scrub(held, done));
            }
            CompletableFuture.allOf(bands.toArray(CompletableFuture[]::new)).join();
            check();
            progress.at(end * bandBytes, core.bandCount * bandBytes);
            if (end - recorded >= each && end < core.bandCount) {
                recorded = end;
                core.membership.change(() -> core.membership.scrubbedBands(end)).join();
            }
        }
        core.membership.change(() -> core.membership.scrubbedBands(0)).join();
        ScrubReport report = new ScrubReport(
                core.map.cell(),
                checked.sum(),
                badData.sum(),
                badParity.sum(),
                repaired.sum(),
                lost.sum(),
                mismatches.sum(),
                System.nanoTime() - begin);
        core.publish(ArrayEvent.Type.SCRUB_FINISHED, -1, report.toString());
        return report;
    }

    private void scrub(Band band, CompletableFuture<Void> done) {
        int rows = core.map.rows();
        RowView view = new RowView(core, band.number, 0, rows);
        RowFetch fetch = new RowFetch(core, view);
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
            done.complete(null);
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
            int bad = Long.bitCount(fetch.bad(column));
            int gone = Long.bitCount(fetch.bad(column) & fetch.lost(column));
            checked.add(Long.bitCount(want[column]));
            (position < data ? badData : badParity).add(bad);
            lost.add(gone);
            repaired.add(bad - gone);
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
        DeviceException dead = core.dead();
        if (dead != null) {
            throw dead;
        }
        if (core.isClosing()) {
            throw new DeviceException(
                    Code.GONE, core.deviceName(), "the array was closed; scrub when it is open again");
        }
    }
}
