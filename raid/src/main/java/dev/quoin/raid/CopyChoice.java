package dev.quoin.raid;

/**
 * Which copy of a chunk to read: of those that are there and not write-mostly, the one whose member goes on reading there, else that
 * with the fewest reads under way, else by address, so that members share what is read at random and keep what is read in order.
 */
final class CopyChoice {

    /** How much longer the queue of a member may be that only has to go on. */
    private static final int SEQUENTIAL_ADVANTAGE = 4;

    /** Neighbouring cells that prefer the same copy, as a shift: 1 MiB of blocks. */
    private static final int AREA_SHIFT = 8;

    private CopyChoice() {}

    /** The column to read; of several copies -1 if none has a member with current data. */
    static int column(ArrayCore core, long band, int index, int row) {
        if (!core.map.level().hasCopies()) {
            return core.map.dataColumn(band, index);
        }
        int[] copies = core.map.copies(band, index);
        int best = -1;
        long bestCost = Long.MAX_VALUE;
        for (int i = 0; i < copies.length; i++) {
            Member member = core.present(core.map.role(copies[i]), band);
            if (member != null) {
                long cost = cost(member, core.map.memberCell(band, copies[i], row), i, copies.length);
                if (cost < bestCost) {
                    best = copies[i];
                    bestCost = cost;
                }
            }
        }
        return best;
    }

    private static long cost(Member member, long address, int copy, int copies) {
        if (member.writeMostly) {
            return Long.MAX_VALUE - 1;
        }
        long queue = 2L * member.reads.length();
        if (member.reads.expects(address)) {
            return Math.max(0, queue - 2 * SEQUENTIAL_ADVANTAGE);
        }
        // Of equal queues that whose turn it is in this area.
        return queue + 1 + ((address >> AREA_SHIFT) % copies == copy ? 0 : 1);
    }
}
