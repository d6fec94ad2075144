package dev.quoin.clusterfs.fsck;

import dev.quoin.clusterfs.disk.BlockHeader;
import dev.quoin.clusterfs.disk.BlockState;
import dev.quoin.clusterfs.disk.Decoded.Corrupt;
import dev.quoin.clusterfs.disk.Decoded.Valid;
import dev.quoin.clusterfs.disk.FsLayout;
import dev.quoin.clusterfs.disk.GroupBitmap;
import dev.quoin.clusterfs.disk.GroupHeader;
import org.jspecify.annotations.Nullable;

/** Compares the bitmaps and the counters of the groups with what the inodes use. */
final class GroupCheck {

    private final Metadata metadata;
    private final Log log;
    private final Claims claims;
    private final Tally tally;
    private final Bitmaps bitmaps;

    GroupCheck(Metadata metadata, Log log, Claims claims, Tally tally) {
        this.metadata = metadata;
        this.log = log;
        this.claims = claims;
        this.tally = tally;
        this.bitmaps = new Bitmaps(metadata);
    }

    void run() {
        for (int group = 0; group < metadata.groupsOnDevice(); group++) {
            GroupHeader header = header(group);
            Comparison comparison = new Comparison(group);
            comparison.run();
            if (header != null) {
                checkCounters(group, header, comparison);
            }
        }
    }

    private @Nullable GroupHeader header(int group) {
        long block = metadata.layout().groupStart(group);
        String role = "header of group " + group;
        byte[] content = metadata.fetch(block, role, log);
        if (content == null) {
            return null;
        }
        return switch (GroupHeader.decode(content, metadata.fsId(), metadata.layout(), group)) {
            case Valid<GroupHeader>(GroupHeader header) -> header;
            case Corrupt<GroupHeader> corrupt -> {
                report(block, role, corrupt);
                yield null;
            }
        };
    }

    private void checkCounters(int group, GroupHeader header, Comparison comparison) {
        int largest = tally.largestGeneration(group);
        if (Integer.compareUnsigned(largest, header.generation()) > 0) {
            log.add(new Finding.GroupCounterWrong(
                    group,
                    "last generation",
                    Integer.toUnsignedLong(header.generation()),
                    Integer.toUnsignedLong(largest)));
        }
        if (comparison.isWhole) {
            checkCounter(group, "free blocks", header.free(), comparison.marked.free, comparison.actual.free);
            checkCounter(group, "inodes", header.inodes(), comparison.marked.inodes, comparison.actual.inodes);
        }
    }

    /** A counter that agrees with a wrong bitmap is no finding of its own. */
    private void checkCounter(int group, String counter, long counted, long marked, long actual) {
        if (counted != marked && (counted != actual || !log.claimsComplete())) {
            log.add(new Finding.GroupCounterWrong(group, counter, counted, log.claimsComplete() ? actual : marked));
        }
    }

    private void report(long block, String role, Corrupt<?> corrupt) {
        log.add(new Finding.BlockCorrupt(block, role, corrupt.reason(), corrupt.field() + ": " + corrupt.detail()));
    }

    /** How many blocks of a group are free and how many are inodes. */
    private static final class Sums {
        private long free;
        private long inodes;

        void add(BlockState state) {
            free += state == BlockState.FREE ? 1 : 0;
            inodes += state == BlockState.DINODE ? 1 : 0;
        }
    }

    /** Goes over the bitmap of one group and reports runs of entries that are wrong in the same way. */
    private final class Comparison {
        private final int group;
        private final FsLayout layout = metadata.layout();
        private final Sums marked = new Sums();
        private final Sums actual = new Sums();
        private boolean isWhole = true;
        private long runStart = -1;
        private long runEnd = -1;
        private BlockState runState = BlockState.FREE;
        private BlockState runActual = BlockState.FREE;

        Comparison(int group) {
            this.group = group;
        }

        void run() {
            for (int index = 0; index < layout.bitmapBlocks(group); index++) {
                long address = bitmaps.address(group, index);
                String role = "bitmap of group " + group;
                byte[] content = metadata.fetch(address, role, log);
                if (content == null) {
                    isWhole = false;
                } else if (bitmaps.check(content, group, index) instanceof Corrupt<BlockHeader> corrupt) {
                    report(address, role, corrupt);
                    isWhole = false;
                } else {
                    compare(content, layout.groupStart(group) + (long) index * GroupBitmap.ENTRIES);
                }
            }
            endRun();
        }

        private void compare(byte[] content, long first) {
            long end = layout.groupStart(group) + layout.groupLength(group);
            long overhead = layout.groupStart(group) + layout.groupOverhead(group);
            for (int i = 0; i < GroupBitmap.ENTRIES; i++) {
                long block = first + i;
                BlockState state = GroupBitmap.get(content, i);
                if (block < overhead || block >= end) {
                    wrongUnlessSame(block, state, BlockState.METADATA);
                } else {
                    compare(block, state);
                }
            }
        }

        private void compare(long block, BlockState state) {
            BlockState use = claims.stateOf(block);
            marked.add(state);
            actual.add(use);
            if (state == use || claims.doubled().get(block)) {
                return;
            }
            if (use == BlockState.FREE && !log.claimsComplete()) {
                tally.unattributedBlocks++;
            } else {
                wrongUnlessSame(block, state, use);
            }
        }

        private void wrongUnlessSame(long block, BlockState state, BlockState expected) {
            if (state == expected) {
                return;
            }
            if (block != runEnd || state != runState || expected != runActual) {
                endRun();
                runStart = block;
                runState = state;
                runActual = expected;
            }
            runEnd = block + 1;
        }

        private void endRun() {
            if (runStart >= 0) {
                log.add(new Finding.BitmapWrong(runStart, runEnd - runStart, runState, runActual));
                runStart = -1;
            }
        }
    }
}
