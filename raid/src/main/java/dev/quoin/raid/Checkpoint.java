package dev.quoin.raid;

import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.ToLongFunction;

/**
 * Makes what is in place durable, so that the journal can forget it.
 *
 * <p>The order is what counts: checksums are written; then all members are flushed, and with them every block that was put in place
 * before; then the heads of the rings say that the journal begins later. Only after that is the space used again.
 */
final class Checkpoint {

    private static final int PAGES_MAX = 64;

    private final ArrayCore core;
    private final List<Member> members;

    Checkpoint(ArrayCore core) {
        this.core = core;
        this.members = core.activeMembers();
    }

    /**
     * Runs it.
     *
     * @param settled all batches up to this one are in place
     * @param tail where the ring of a member begins behind them
     */
    CompletableFuture<Void> run(long generation, long settled, ToLongFunction<Member> tail) {
        return all(member -> writeMetadata(core, member))
                .thenCompose(done -> all(core.io::flush))
                .thenCompose(done -> recordFrontier())
                .thenCompose(done -> core.dead() != null
                        ? CompletableFuture.completedFuture(null)
                        : all(member -> writeHead(core, member, generation, settled, tail.applyAsLong(member))));
    }

    /** Before the journal forgets that bands were moved, the superblocks say so. */
    private CompletableFuture<Void> recordFrontier() {
        Frontier frontier = core.frontier;
        return frontier == null || core.dead() != null
                ? CompletableFuture.completedFuture(null)
                : core.membership.recordMoved(frontier.placed());
    }

    /** Writes what changed of a member's checksums and bad-block log. Not durable. */
    static CompletableFuture<Void> writeMetadata(ArrayCore core, Member member) {
        return member.inTurn(() -> writeChanged(core, member));
    }

    private static CompletableFuture<Void> writeChanged(ArrayCore core, Member member) {
        List<CompletableFuture<?>> writes = new ArrayList<>();
        BitSet dirty = member.checksums.takeDirty();
        // In this order: who asks for a second copy does so before it marks what that lacks.
        long second = member.secondChecksums();
        for (int page = dirty.nextSetBit(0); page >= 0; ) {
            int count = Math.min(PAGES_MAX, dirty.nextClearBit(page) - page);
            long at = (long) page * Addressing.BLOCK;
            ByteBuffer bytes = member.checksums.encode(page, count);
            writes.add(core.io.writeInPlace(member, member.regions().checksumsOffset() + at, bytes));
            if (second != 0) {
                writes.add(core.io.writeInPlace(member, second + at, bytes));
            }
            page = dirty.nextSetBit(page + count);
        }
        if (member.badBlocks.takeChanged()) {
            writes.add(core.io.write(
                    member, Regions.BAD_BLOCKS_OFFSET, member.badBlocks.encode(core.uuid), WriteMode.CACHED));
        }
        return CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new));
    }

    /** Writes the next head of a member's ring, durably. */
    static CompletableFuture<Boolean> writeHead(
            ArrayCore core, Member member, long generation, long settled, long tail) {
        member.headUpdate++;
        JournalHead head = new JournalHead(core.uuid, generation, member.headUpdate, settled, tail);
        return core.io.write(member, head.offset(), head.encode(), WriteMode.FUA);
    }

    private interface Step {
        CompletableFuture<?> of(Member member);
    }

    private CompletableFuture<Void> all(Step step) {
        return CompletableFuture.allOf(members.stream().map(step::of).toArray(CompletableFuture[]::new));
    }
}
