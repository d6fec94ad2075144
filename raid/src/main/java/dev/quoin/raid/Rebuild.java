package dev.quoin.raid;

import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;

/**
 * Makes a replaced member current, band by band, while the array serves. Blocking, for a thread of its own.
 *
 * <p>Each band is rebuilt by who has it, from its newest content, and counts as current on the member from then on. From time to
 * time the member is flushed and the mark recorded in the superblocks, from which a rebuild goes on after a restart. What
 * cannot be made from the others is recorded as lost and does not stop the rebuild.
 *
 * <p>A member that catches up has bands that nobody wrote to while it was away, which count as current without being read. A device that
 * is to replace a member that works is filled in the same way; its source is then that member, and the role is handed over at the end.
 */
final class Rebuild {

    /** How many bands are rebuilt at once. */
    static final int WINDOW = 32;

    /** The mark is recorded at least after so much, and after each hundredth of the whole. */
    private static final long RECORD_BYTES = 4L * 1024 * 1024 * 1024;

    private static final int HUNDREDTHS = 100;

    private final ArrayCore core;
    private final Member member;
    private final Progress progress;
    /** Whether it is no member yet, but to take the place of one that works. */
    private final boolean copy;

    private final LongAdder written = new LongAdder();
    private final LongAdder skipped = new LongAdder();
    private final LongAdder lost = new LongAdder();

    Rebuild(ArrayCore core, Member member, Progress progress) {
        this.core = core;
        this.member = member;
        this.progress = progress;
        this.copy = core.copies.get(member.role) == member;
    }

    RebuildReport run() throws DeviceException {
        long begin = System.nanoTime();
        long bandBytes = (long) core.map.bandBytes();
        long each = Math.min(core.bandCount / HUNDREDTHS, RECORD_BYTES / bandBytes);
        long recorded = member.rebuilt.below();
        core.publish(
                ArrayEvent.Type.REBUILD_STARTED,
                member.role,
                member.device.name() + " from band " + recorded + " of " + core.bandCount);
        while (member.rebuilt.below() < core.bandCount) {
            core.throttle.await(this::isToStop);
            check();
            long from = member.rebuilt.below();
            long before = written.sum();
            long end = Math.min(from + core.throttle.step(bandBytes, WINDOW), core.bandCount);
            List<CompletableFuture<Void>> bands = new ArrayList<>();
            for (long band = from; band < end; band++) {
                var done = new CompletableFuture<Void>();
                bands.add(done);
                core.bands.enter(band, held -> rebuild(held, done));
            }
            CompletableFuture.allOf(bands.toArray(CompletableFuture[]::new)).join();
            check();
            member.rebuilt.advance(end);
            progress.at(end * bandBytes, core.bandCount * bandBytes);
            announce(from, end);
            core.throttle.spent(written.sum() - before);
            if (end - recorded >= each && !copy) {
                record(end);
                recorded = end;
            }
        }
        finish();
        return new RebuildReport(
                List.of(member.role), written.sum(), skipped.sum(), lost.sum(), System.nanoTime() - begin);
    }

    private boolean isToStop() {
        return core.isClosing() || core.dead() != null || !member.isActive() || hasLostItsSource();
    }

    /** Whether the member that it is to replace has failed. */
    private boolean hasLostItsSource() {
        return copy && core.present(member.role, 0) == null;
    }

    /** Tells of each fifth, as mdadm does; of the last if a window passed several. */
    private void announce(long from, long end) {
        long fifth = end * 5 / core.bandCount;
        if (fifth == from * 5 / core.bandCount || end == core.bandCount) {
            return;
        }
        ArrayEvent.Type type = switch ((int) fifth) {
            case 1 -> ArrayEvent.Type.REBUILD_20;
            case 2 -> ArrayEvent.Type.REBUILD_40;
            case 3 -> ArrayEvent.Type.REBUILD_60;
            default -> ArrayEvent.Type.REBUILD_80;
        };
        core.publish(type, member.role, member.device.name() + " at band " + end + " of " + core.bandCount);
    }

    private void rebuild(Band band, CompletableFuture<Void> done) {
        if (member.catchesUp && !core.intent.isMarked(band.number)) {
            skipped.add(core.map.bandBytes());
            done(band, done);
            return;
        }
        int rows = core.map.rows();
        RowView view = new RowView(core, band.number, 0, rows);
        RowFetch fetch = new RowFetch(core, view);
        long[] want = new long[core.map.columns()];
        for (int column : columns()) {
            // What a lone member says of nothing is looked at first: a lost checksum must not become zeroes on two.
            want[column] = Addressing.mask(0, rows) & ~view.surelyUnwritten(column);
            skipped.add((long) Long.bitCount(view.unwritten(column)) * core.map.cell());
        }
        fetch.fetch(want).thenCompose(nothing -> write(view, want, fetch)).thenRun(() -> done(band, done));
    }

    private void done(Band band, CompletableFuture<Void> done) {
        if (member.isActive()) {
            member.rebuilt.add(band.number);
        }
        core.bands.leave(band);
        done.complete(null);
    }

    /** The columns of the member. */
    private int[] columns() {
        int[] columns = new int[core.map.layout().stripes()];
        for (int i = 0; i < columns.length; i++) {
            columns[i] = member.role + i * core.roles();
        }
        return columns;
    }

    private CompletableFuture<Void> write(RowView view, long[] rows, RowFetch fetch) {
        List<CompletableFuture<?>> writes = new ArrayList<>();
        for (int column : columns()) {
            for (long left = rows[column] & ~view.unwritten(column) & ~fetch.lost(column); left != 0; ) {
                int row = Long.numberOfTrailingZeros(left);
                int count = Addressing.runLength(left, row);
                int length = count * core.map.cell();
                ByteBuffer source = ByteBuffer.wrap(fetch.content(column), row * core.map.cell(), length);
                long offset = member.dataOffset(core.map.memberCell(view.band, column, row));
                writes.add(core.io.writeInPlace(member, offset, source));
                written.add(length);
                left &= ~Addressing.mask(row, count);
            }
            if (member.catchesUp && member.zeroed) {
                zero(view, column, ~rows[column] | view.unwritten(column), writes);
            }
        }
        return CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new)).thenRun(() -> {
            for (int column : columns()) {
                setChecksums(view, column, rows[column], fetch);
            }
        });
    }

    /** What it held before it was away may be in rows that hold nothing now. */
    private void zero(RowView view, int column, long rows, List<CompletableFuture<?>> writes) {
        for (long left = rows & Addressing.mask(0, core.map.rows()); left != 0; ) {
            int row = Long.numberOfTrailingZeros(left);
            int count = Addressing.runLength(left, row);
            long offset = member.dataOffset(core.map.memberCell(view.band, column, row));
            writes.add(core.io.zeroInPlace(member, offset, (long) count * core.map.cell()));
            left &= ~Addressing.mask(row, count);
        }
    }

    private void setChecksums(RowView view, int column, long rows, RowFetch fetch) {
        long isNothing = ~rows | (view.unwritten(column) & ~fetch.lost(column));
        for (int row = 0; row < core.map.rows(); row++) {
            long address = core.map.memberCell(view.band, column, row);
            long bit = 1L << row;
            if ((isNothing & bit) != 0) {
                member.checksums.set(address, BlockChecksum.UNWRITTEN);
            } else if ((fetch.lost(column) & bit) != 0) {
                member.checksums.set(address, BlockChecksum.BAD);
                member.badBlocks.add(address);
                lost.increment();
            } else {
                int at = row * core.map.cell();
                member.checksums.set(address, core.checksum.of(member.role, address, fetch.content(column), at));
                member.badBlocks.remove(address);
            }
        }
    }

    private void check() throws DeviceException {
        if (hasLostItsSource()) {
            throw new DeviceException(
                    Code.GONE, core.deviceName(), "role " + member.role + " failed while it was copied");
        }
        core.requireOpen("rebuild when it is open again");
        if (!member.isActive()) {
            throw new DeviceException(
                    Code.GONE, member.device.name(), "failed while it was rebuilt: replace it with another");
        }
    }

    /** Makes all bands below the mark durable, with the writes that they were made from, and then says so. */
    private void record(long mark) throws DeviceException {
        core.journal.drain().join();
        Checkpoint.writeMetadata(core, member).join();
        core.io.flush(member).join();
        check();
        core.membership.change(() -> member.rebuilt.record(mark)).join();
    }

    /** As the last mark; and no batch that the member had no part in may be left to replay. */
    private void finish() throws DeviceException {
        if (copy) {
            handOver();
        } else {
            settle();
        }
        core.publish(ArrayEvent.Type.REBUILD_FINISHED, member.role, member.device.name() + " is rebuilt");
        core.publish(ArrayEvent.Type.SPARE_ACTIVE, member.role, member.device.name() + " is in sync");
    }

    private void handOver() throws DeviceException {
        Member old = core.members.get(member.role);
        if (old == null) {
            throw new DeviceException(Code.GONE, core.deviceName(), "role " + member.role + " has no member any more");
        }
        new Exchange(core, old, member).run();
    }

    private void settle() throws DeviceException {
        core.journal.drain().join();
        core.journal.hold().join();
        try {
            takePart();
        } finally {
            core.journal.release();
        }
        check();
    }

    private void takePart() throws DeviceException {
        Checkpoint.writeMetadata(core, member).join();
        // It may lack bits that were set while it was put in, which another member that is away will need.
        Intent.Page page = core.intent.page();
        core.io.write(member, page.offset(), page.bytes(), WriteMode.CACHED).join();
        if (core.sabotage != Sabotage.NO_REBUILD_FLUSH) {
            core.io.flush(member).join();
        }
        check();
        core.membership
                .change(() -> {
                    if (member.isActive()) {
                        member.state(RoleState.IN_SYNC);
                    }
                    member.rebuilt.record(0);
                })
                .join();
    }
}
