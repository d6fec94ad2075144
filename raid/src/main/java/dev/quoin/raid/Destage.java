package dev.quoin.raid;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Puts the blocks of durable batches in place: of each block only the newest version in the group.
 *
 * <p>One group at a time, in order, so that an older version never lands on a newer one.
 */
final class Destage {

    private final ArrayCore core;
    private final List<Batch> group;
    private final long last;
    private final List<CompletableFuture<?>> writes = new ArrayList<>();

    Destage(ArrayCore core, List<Batch> group) {
        this.core = core;
        this.group = group;
        this.last = group.getLast().sequence;
    }

    /** Writes all; when the future completes the blocks are in place, not durably, and no longer pending. */
    CompletableFuture<Void> run() {
        for (Batch batch : group) {
            for (BandRecord record : batch.records) {
                for (int column = 0; column < core.map.columns(); column++) {
                    if (record.touches(column)) {
                        for (Member member : core.targets(core.map.role(column))) {
                            write(member, column, record);
                        }
                    }
                }
            }
        }
        return CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new)).thenRun(this::retire);
    }

    private void write(Member member, int column, BandRecord record) {
        int row = record.low;
        int end = record.low + record.span;
        while (row < end) {
            Pending first = current(record, column, row);
            int from = row++;
            if (first == null) {
                continue;
            }
            while (row < end) {
                Pending next = current(record, column, row);
                if (next == null || next.kind != first.kind) {
                    break;
                }
                row++;
            }
            write(member, member.dataOffset(core.map.memberCell(record.band, column, from)), first, row - from);
        }
    }

    private void write(Member member, long offset, Pending first, int rows) {
        int length = rows * core.map.cell();
        switch (first.kind) {
            case DATA -> writes.add(inPlace(member, offset, first, rows));
            case OVER -> {
                // The next record of this kind, or who waits for its durability, has to wait for a flush of this.
                writes.add(inPlace(member, offset, first, rows)
                        .thenAccept(done -> member.device.flushSoon(offset, length)));
            }
            case PLACED -> {
                // Nothing is left to do.
            }
            case ZERO -> writes.add(core.io.zeroInPlace(member, offset, length));
            case ZERO_IN_PLACE -> {
                if (!member.zeroed) {
                    writes.add(core.io.zeroInPlace(member, offset, length));
                }
            }
            case UNWRITTEN -> {
                // Keeps the promise that unwritten blocks of such a member are zeroes.
                if (member.zeroed) {
                    writes.add(core.io.zeroInPlace(member, offset, length));
                }
            }
        }
    }

    private CompletableFuture<Boolean> inPlace(Member member, long offset, Pending first, int rows) {
        core.counts.blocksWritten.add(rows);
        ByteBuffer bytes = ByteBuffer.wrap(first.bytes(), first.at(), rows * core.map.cell());
        return core.io.writeInPlace(member, offset, bytes);
    }

    /** The checksums first, so that no reader finds a block neither pending nor verifiable. */
    private void retire() {
        if (core.dead() != null) {
            return;
        }
        for (Batch batch : group) {
            for (BandRecord record : batch.records) {
                for (int column = 0; column < core.map.columns(); column++) {
                    if (record.touches(column)) {
                        for (Member member : core.targets(core.map.role(column))) {
                            setChecksums(member, column, record);
                        }
                    }
                }
                core.bands.retire(record);
                if (core.frontier != null) {
                    core.frontier.isPlaced(record.band);
                }
            }
        }
    }

    private void setChecksums(Member member, int column, BandRecord record) {
        for (int row = record.low; row < record.low + record.span; row++) {
            Pending block = current(record, column, row);
            if (block != null) {
                long address = core.map.memberCell(record.band, column, row);
                member.checksums.set(address, block.isUnwritten() ? BlockChecksum.UNWRITTEN : block.checksum);
                member.badBlocks.remove(address);
            }
        }
    }

    /** The block of a record unless a later record of the group has a newer version. */
    private @Nullable Pending current(BandRecord record, int column, int row) {
        Pending block = record.get(column, row);
        return block == null || block.replacedUpTo(last) ? null : block;
    }
}
