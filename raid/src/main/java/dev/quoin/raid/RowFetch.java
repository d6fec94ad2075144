package dev.quoin.raid;

import dev.quoin.device.DeviceException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Gets blocks of some rows of a band, each verified: from memory, from its member, or from the rest of its row.
 *
 * <p>Used by who has the band. A block that cannot be read or fails its checksum is read once more, then made from the other
 * blocks of its row if they are all good, and written back. A row that has lost more blocks than the layout can do without
 * is {@link #lost}.
 */
final class RowFetch {

    final RowView view;
    /** For each role the blocks, row {@code r} at {@code (r - low) * 4096}; allocated where asked for. */
    final byte @Nullable [][] content;

    private final ArrayCore core;
    private final long[] have;
    private final long[] bad;
    private final long[] wasRead;
    private final long[] wanted;
    private long lost;

    RowFetch(ArrayCore core, RowView view) {
        int roles = core.roles();
        this.core = core;
        this.view = view;
        this.content = new byte[roles][];
        this.have = new long[roles];
        this.bad = new long[roles];
        this.wasRead = new long[roles];
        this.wanted = new long[roles];
    }

    /**
     * Gets blocks; may be called again for more. Always completes normally.
     *
     * @param want for each role the rows, as masks
     */
    CompletableFuture<Void> fetch(long[] want) {
        long rows = 0;
        for (int role = 0; role < want.length; role++) {
            wanted[role] |= want[role];
            rows |= want[role];
        }
        List<CompletableFuture<?>> reads = new ArrayList<>();
        for (int role = 0; role < want.length; role++) {
            take(role, want[role] & ~have[role], reads);
        }
        long all = rows;
        if (reads.isEmpty()) {
            return repair(all);
        }
        return all(reads).thenCompose(nothing -> repair(all));
    }

    /** The wanted rows of which some wanted block cannot be had. */
    long lost() {
        return lost;
    }

    /** The rows of a role that were found bad, repaired or not. */
    long bad(int role) {
        return bad[role];
    }

    /** The content of a role that was asked for. */
    byte[] content(int role) {
        return Objects.requireNonNull(content[role]);
    }

    /** Takes what is in memory and begins to read what is not. */
    private void take(int role, long rows, List<CompletableFuture<?>> reads) {
        Member member = view.member(role);
        byte[] bytes = rows == 0 ? null : allocate(role);
        if (bytes == null || member == null) {
            return;
        }
        // New arrays hold zeroes, which is what unwritten rows read as.
        have[role] |= rows & view.unwritten();
        long toRead = rows & ~view.unwritten();
        for (long left = toRead; left != 0; left &= left - 1) {
            int row = Long.numberOfTrailingZeros(left);
            Pending newest = view.pending(role, row);
            if (newest != null) {
                newest.copyTo(bytes, at(row));
                have[role] |= 1L << row;
                toRead &= ~(1L << row);
            }
        }
        while (toRead != 0) {
            int row = Long.numberOfTrailingZeros(toRead);
            int count = Addressing.runLength(toRead, row);
            reads.add(read(member, row, count));
            toRead &= ~Addressing.mask(row, count);
        }
    }

    private CompletableFuture<Void> read(Member member, int row, int count) {
        int role = member.role;
        ByteBuffer target = ByteBuffer.wrap(content(role), at(row), count * Addressing.BLOCK);
        long offset = member.dataOffset(core.map.memberBlock(view.band, row));
        return core.io.read(member, offset, target).thenAccept(failure -> {
            core.counts.blocksRead.add(count);
            for (int i = row; i < row + count; i++) {
                verify(member, i, failure);
            }
        });
    }

    private void verify(Member member, int row, @Nullable DeviceException failure) {
        int role = member.role;
        long bit = 1L << row;
        synchronized (this) {
            if (failure != null) {
                core.counts.readErrors.increment();
                bad[role] |= bit;
                return;
            }
            wasRead[role] |= bit;
            long block = core.map.memberBlock(view.band, row);
            int found = core.checksum.of(role, block, content(role), at(row));
            if (found == member.checksums.get(block) || core.sabotage == Sabotage.NO_VERIFICATION) {
                have[role] |= bit;
            } else {
                core.counts.checksumErrors.increment();
                bad[role] |= bit;
            }
        }
    }

    private CompletableFuture<Void> repair(long rows) {
        long broken = 0;
        for (int role = 0; role < wanted.length; role++) {
            broken |= wanted[role] & ~have[role];
        }
        broken &= rows;
        if (broken == 0) {
            return CompletableFuture.completedFuture(null);
        }
        // A second try, block by block, of what failed, and a first of the rest of the rows.
        List<CompletableFuture<?>> reads = new ArrayList<>();
        for (int role = 0; role < wanted.length; role++) {
            Member member = view.member(role);
            if (member == null) {
                continue;
            }
            long again = broken & bad[role] & ~have[role];
            take(role, broken & ~have[role] & ~again, reads);
            for (long left = again; left != 0; left &= left - 1) {
                reads.add(read(member, Long.numberOfTrailingZeros(left), 1));
            }
        }
        long all = broken;
        return all(reads).thenCompose(nothing -> reconstruct(all));
    }

    private CompletableFuture<Void> reconstruct(long rows) {
        List<CompletableFuture<?>> writes = new ArrayList<>();
        for (long left = rows; left != 0; left &= left - 1) {
            int row = Long.numberOfTrailingZeros(left);
            long bit = 1L << row;
            int missing = 0;
            boolean needed = false;
            for (int role = 0; role < wanted.length; role++) {
                boolean lacks = (have[role] & bit) == 0;
                missing |= lacks ? 1 << role : 0;
                needed |= lacks && (wanted[role] & bit) != 0;
            }
            if (!needed) {
                continue;
            }
            if (Integer.bitCount(missing) > core.map.layout().tolerance()) {
                lost |= bit;
                recordLoss(missing, row);
            } else {
                restore(Integer.numberOfTrailingZeros(missing), row, writes);
            }
        }
        return all(writes);
    }

    private void restore(int role, int row, List<CompletableFuture<?>> writes) {
        byte[] bytes = allocate(role);
        Member member = view.member(role);
        byte[][] others = new byte[wanted.length][];
        int count = 0;
        for (int other = 0; other < wanted.length; other++) {
            if (other != role) {
                others[count++] = content(other);
            }
        }
        int at = at(row);
        byte[] before = Arrays.copyOfRange(bytes, at, at + Addressing.BLOCK);
        Xor.into(bytes, others, count, at, Addressing.BLOCK);
        have[role] |= 1L << row;
        if (member == null) {
            return;
        }
        long block = core.map.memberBlock(view.band, row);
        int checksum = core.checksum.of(role, block, bytes, at);
        boolean intact = (wasRead[role] & 1L << row) != 0
                && Arrays.equals(before, 0, before.length, bytes, at, at + Addressing.BLOCK);
        core.counts.repaired.increment();
        if (intact) {
            member.checksums.set(block, checksum);
            return;
        }
        ByteBuffer good = ByteBuffer.wrap(Arrays.copyOfRange(bytes, at, at + Addressing.BLOCK));
        writes.add(core.io
                .writeInPlace(member, member.dataOffset(block), good)
                .thenRun(() -> member.checksums.set(block, checksum)));
    }

    private void recordLoss(int missing, int row) {
        core.counts.unrepairable.increment();
        for (int left = missing; left != 0; left &= left - 1) {
            Member member = view.member(Integer.numberOfTrailingZeros(left));
            if (member != null) {
                member.badBlocks.add(core.map.memberBlock(view.band, row));
            }
        }
    }

    private byte[] allocate(int role) {
        byte[] bytes = content[role];
        if (bytes == null) {
            bytes = new byte[view.span * Addressing.BLOCK];
            content[role] = bytes;
        }
        return bytes;
    }

    private int at(int row) {
        return (row - view.low) * Addressing.BLOCK;
    }

    private static CompletableFuture<Void> all(List<CompletableFuture<?>> futures) {
        return CompletableFuture.allOf(futures.toArray(CompletableFuture[]::new));
    }
}
