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
        long bandBytes = (long) core.map.rows() * Addressing.BLOCK;
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
        long toCheck = Addressing.mask(0, rows) & ~view.unwritten();
        RowFetch fetch = new RowFetch(core, view);
        long[] want = new long[core.roles()];
        for (int role = 0; role < want.length; role++) {
            want[role] = view.member(role) == null ? 0 : toCheck;
        }
        fetch.fetch(want).thenRun(() -> {
            if (core.dead() == null) {
                count(view, toCheck, fetch);
            }
            core.bands.leave(band);
            done.complete(null);
        });
    }

    private void count(RowView view, long rows, RowFetch fetch) {
        int parity = core.map.parityRole(view.band);
        for (int role = 0; role < core.roles(); role++) {
            if (view.member(role) == null) {
                continue;
            }
            int bad = Long.bitCount(fetch.bad(role));
            int gone = Long.bitCount(fetch.bad(role) & fetch.lost());
            checked.add(Long.bitCount(rows));
            (role == parity ? badParity : badData).add(bad);
            lost.add(gone);
            repaired.add(bad - gone);
        }
        if (view.absent != 0) {
            return;
        }
        byte[][] all = new byte[core.roles()][];
        byte[] sum = new byte[core.map.rows() * Addressing.BLOCK];
        for (long left = rows & ~fetch.lost(); left != 0; ) {
            int row = Long.numberOfTrailingZeros(left);
            int count = Addressing.runLength(left, row);
            for (int role = 0; role < all.length; role++) {
                all[role] = fetch.content(role);
            }
            Xor.into(sum, all, all.length, row * Addressing.BLOCK, count * Addressing.BLOCK);
            mismatches.add(nonZeroRows(sum, row, count));
            left &= ~Addressing.mask(row, count);
        }
    }

    private static int nonZeroRows(byte[] sum, int row, int count) {
        int rows = 0;
        for (int i = row; i < row + count; i++) {
            boolean zero = true;
            for (int at = i * Addressing.BLOCK; at < (i + 1) * Addressing.BLOCK && zero; at++) {
                zero = sum[at] == 0;
            }
            rows += zero ? 0 : 1;
        }
        return rows;
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
