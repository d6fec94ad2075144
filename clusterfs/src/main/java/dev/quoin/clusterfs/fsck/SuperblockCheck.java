package dev.quoin.clusterfs.fsck;

import dev.quoin.clusterfs.disk.Decoded;
import dev.quoin.clusterfs.disk.Decoded.Corrupt;
import dev.quoin.clusterfs.disk.Decoded.Reason;
import dev.quoin.clusterfs.disk.Decoded.Valid;
import dev.quoin.clusterfs.disk.FsLayout;
import dev.quoin.clusterfs.disk.GroupHeader;
import dev.quoin.clusterfs.disk.SlotClaim;
import dev.quoin.clusterfs.disk.Superblock;
import dev.quoin.clusterfs.fsck.BlockSource.Fetched;
import org.jspecify.annotations.Nullable;

/** Finds a superblock that can be used and compares all copies with it. */
final class SuperblockCheck {

    private static final String ROLE = "superblock";
    private static final String COPY_ROLE = "copy of the superblock";

    private final BlockSource source;
    private final Log log;
    private long usedBlock = -1;

    SuperblockCheck(BlockSource source, Log log) {
        this.source = source;
        this.log = log;
    }

    /** The superblock, from a copy if need be; null, and a finding, if there is none. */
    @Nullable Superblock find() {
        usedBlock = FsLayout.SUPERBLOCK;
        Superblock found = load(FsLayout.SUPERBLOCK, ROLE);
        if (found == null) {
            found = findCopy();
        }
        if (found == null) {
            log.add(new Finding.NoSuperblock("none in " + source.blocks() + " blocks"));
            return null;
        }
        if (found.layout().blocks() > source.blocks()) {
            log.add(new Finding.DeviceTooSmall(source.blocks(), found.layout().blocks()));
            log.missClaims();
            log.missNames();
        }
        return found;
    }

    /** Compares the copies with the superblock that {@link #find} gave, in the groups that the device has. */
    void checkCopies(Superblock used, int groups) {
        FsLayout layout = used.layout();
        for (int group = 1; group < groups; group++) {
            if (FsLayout.hasCopy(group)) {
                checkCopy(layout.copyBlock(group), used);
            }
        }
        if (layout.lastCopy() < source.blocks()) {
            checkCopy(layout.lastCopy(), used);
        }
    }

    private void checkCopy(long block, Superblock used) {
        Superblock copy = load(block, COPY_ROLE);
        if (copy != null && !copy.equals(used)) {
            log.add(new Finding.SuperblockDiffers(block, usedBlock));
        }
    }

    /** The superblock at this address; null, and a finding unless the device just ends before it, if it is not sound. */
    private @Nullable Superblock load(long block, String role) {
        return switch (source.read(block)) {
            case Fetched.Beyond() -> null;
            case Fetched.Failed(String why) -> {
                log.add(new Finding.BlockUnreadable(block, role, why));
                yield null;
            }
            case Fetched.Content(byte[] bytes) ->
                switch (decode(bytes, block)) {
                    case Valid<Superblock>(Superblock value) -> value;
                    case Corrupt<Superblock>(Reason reason, String field, String detail) -> {
                        log.add(new Finding.BlockCorrupt(block, role, reason, field + ": " + detail));
                        yield null;
                    }
                };
        };
    }

    /** The last block first, as it is a copy unless the device is larger than the file system; then every block. */
    private @Nullable Superblock findCopy() {
        Superblock last = candidate(source.blocks() - 1);
        if (last != null) {
            return last;
        }
        for (long block = FsLayout.SUPERBLOCK + 1; block < source.blocks() - 1; block++) {
            Superblock copy = candidate(block);
            if (copy != null) {
                return copy;
            }
        }
        return null;
    }

    /** The superblock at this address if it belongs there and is not the rest of an earlier file system. */
    private @Nullable Superblock candidate(long block) {
        if (!(source.read(block) instanceof Fetched.Content(byte[] bytes)) || !Superblock.isLikely(bytes)) {
            return null;
        }
        if (!(decode(bytes, block) instanceof Valid<Superblock>(Superblock copy)) || !isPlaceOfCopy(block, copy)) {
            return null;
        }
        if (!hasGroupOrClaim(copy)) {
            return null;
        }
        usedBlock = block;
        return copy;
    }

    private static boolean isPlaceOfCopy(long block, Superblock copy) {
        FsLayout layout = copy.layout();
        int group = layout.groupOf(block);
        return block == layout.lastCopy()
                || (group >= 0 && FsLayout.hasCopy(group) && block == layout.copyBlock(group));
    }

    private boolean hasGroupOrClaim(Superblock copy) {
        FsLayout layout = copy.layout();
        for (int slot = 0; slot < layout.slots(); slot++) {
            if (source.read(layout.claimBlock(slot)) instanceof Fetched.Content(byte[] claim)
                    && decodeClaim(claim, copy, slot) instanceof Valid<SlotClaim>) {
                return true;
            }
        }
        return source.read(layout.groupStart(0)) instanceof Fetched.Content(byte[] header)
                && GroupHeader.decode(header, copy.fsId(), layout, 0) instanceof Valid<GroupHeader>;
    }

    private static Decoded<SlotClaim> decodeClaim(byte[] claim, Superblock copy, int slot) {
        return Careful.decode(() -> SlotClaim.decode(claim, copy.fsId(), copy.layout(), slot));
    }

    private static Decoded<Superblock> decode(byte[] bytes, long block) {
        return Careful.decode(() -> Superblock.decode(bytes, block));
    }
}
