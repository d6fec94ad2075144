package dev.quoin.raid;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Reads the blocks of one extent without having its band. Its answer may be "cannot tell". */
final class ExtentRead {

    private final ArrayCore core;
    private final Addressing.Extent extent;
    private final ByteBuffer target;
    private final int role;
    private final @Nullable Member member;
    private final @Nullable Pending @Nullable [] pending;
    private final long atomics;

    /** A read into the whole of {@code target}, whose position is 0. */
    ExtentRead(ArrayCore core, Addressing.Extent extent, ByteBuffer target) {
        this.core = core;
        this.extent = extent;
        this.target = target;
        this.role = core.map.dataRole(extent.band(), extent.index());
        this.member = core.present(role, extent.band());
        this.atomics = core.bands.atomics();
        // Before any look at a member: what is no longer pending after this is in place.
        this.pending = core.bands.pending(extent.band(), role, extent.row(), extent.blocks());
    }

    /** Reads; completes with false if the band is needed for an answer. */
    CompletableFuture<Boolean> run() {
        if (member == null) {
            return CompletableFuture.completedFuture(false);
        }
        List<CompletableFuture<Boolean>> reads = new ArrayList<>();
        for (int i = 0; i < extent.blocks(); ) {
            int count = take(i);
            if (count == 0) {
                count = runToRead(i);
                if (count == 0) {
                    return all(reads).thenApply(good -> false);
                }
                reads.add(read(member, i, count));
            }
            i += count;
        }
        return all(reads).thenApply(good -> good && isOfOnePiece());
    }

    /** Reads without waiting. */
    boolean tryNow() {
        if (member == null) {
            return false;
        }
        for (int i = 0; i < extent.blocks(); ) {
            int count = take(i);
            if (count == 0) {
                count = runToRead(i);
                if (count == 0
                        || !member.device.tryReadNow(member.dataOffset(block(i)), slice(i, count))
                        || !verify(member, i, count)) {
                    return false;
                }
            }
            i += count;
        }
        return isOfOnePiece();
    }

    /** Whether no atomic write came between, of which this might have met a part. */
    private boolean isOfOnePiece() {
        return core.bands.atomics() == atomics;
    }

    /** Takes what is in memory from block {@code i} on; the number of blocks, 0 if the first must be read. */
    private int take(int i) {
        Pending newest = pending == null ? null : pending[i];
        if (newest != null) {
            byte[] bytes = new byte[Addressing.BLOCK];
            newest.copyTo(bytes, 0);
            target.put(i * Addressing.BLOCK, bytes);
            return 1;
        }
        if (!isUnwritten(i)) {
            return 0;
        }
        target.put(i * Addressing.BLOCK, new byte[Addressing.BLOCK]);
        return 1;
    }

    /** A block holds nothing if its own entry says so and that of another member of its row too. */
    private boolean isUnwritten(int i) {
        return entry(role, i) == BlockChecksum.UNWRITTEN && witness(i) == BlockChecksum.UNWRITTEN;
    }

    private int runToRead(int i) {
        int count = 0;
        while (i + count < extent.blocks()
                && (pending == null || pending[i + count] == null)
                && entry(role, i + count) != BlockChecksum.UNWRITTEN) {
            count++;
        }
        return count;
    }

    private int witness(int i) {
        int parity = core.map.parityRole(extent.band());
        return core.present(parity, extent.band()) != null ? entry(parity, i) : entry((role + 1) % core.roles(), i);
    }

    private int entry(int ofRole, int i) {
        Member holder = core.present(ofRole, extent.band());
        return holder == null ? BlockChecksum.BAD : holder.checksums.get(block(i));
    }

    private CompletableFuture<Boolean> read(Member from, int i, int count) {
        core.counts.blocksRead.add(count);
        return core.io
                .read(from, from.dataOffset(block(i)), slice(i, count))
                .thenApply(failure -> failure == null && verify(from, i, count));
    }

    private boolean verify(Member from, int i, int count) {
        for (int k = i; k < i + count; k++) {
            int found = core.checksum.of(role, block(k), target, k * Addressing.BLOCK);
            if (found != from.checksums.get(block(k))) {
                return false;
            }
        }
        return true;
    }

    private long block(int i) {
        return core.map.memberBlock(extent.band(), extent.row() + i);
    }

    private ByteBuffer slice(int i, int count) {
        return target.slice(i * Addressing.BLOCK, count * Addressing.BLOCK);
    }

    private static CompletableFuture<Boolean> all(List<CompletableFuture<Boolean>> reads) {
        if (reads.size() == 1) {
            return reads.getFirst();
        }
        return CompletableFuture.allOf(reads.toArray(CompletableFuture[]::new))
                .thenApply(nothing -> reads.stream().allMatch(CompletableFuture::join));
    }
}
