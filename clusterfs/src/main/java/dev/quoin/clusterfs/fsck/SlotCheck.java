package dev.quoin.clusterfs.fsck;

import dev.quoin.clusterfs.disk.BlockHeader;
import dev.quoin.clusterfs.disk.Decoded.Corrupt;
import dev.quoin.clusterfs.disk.Decoded.Valid;
import dev.quoin.clusterfs.disk.FsLayout;
import dev.quoin.clusterfs.disk.JournalHeader;
import dev.quoin.clusterfs.disk.SlotClaim;
import dev.quoin.clusterfs.fsck.BlockSource.Fetched;
import dev.quoin.clusterfs.fsck.JournalReader.Image;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Checks the slots and puts over the metadata what replay of their journals would write.
 *
 * <p>An image is replayed if no later or equal record of its journal revokes its block, and if its version is greater than that
 * of the block in place or the block in place is not sound.
 */
final class SlotCheck {

    private final Metadata metadata;
    private final Log log;

    SlotCheck(Metadata metadata, Log log) {
        this.metadata = metadata;
        this.log = log;
    }

    void run() {
        for (int slot = 0; slot < metadata.layout().slots(); slot++) {
            checkSlot(slot);
        }
    }

    private void checkSlot(int slot) {
        FsLayout layout = metadata.layout();
        String claimRole = "claim of slot " + slot;
        byte[] claimBlock = metadata.fetch(layout.claimBlock(slot), claimRole, log);
        SlotClaim claim = null;
        if (claimBlock != null) {
            switch (Careful.decode(() -> SlotClaim.decode(claimBlock, metadata.fsId(), layout, slot))) {
                case Valid<SlotClaim>(SlotClaim value) -> claim = value;
                case Corrupt<SlotClaim> corrupt -> report(layout.claimBlock(slot), claimRole, corrupt);
            }
        }
        String headerRole = "journal header of slot " + slot;
        byte[] headerBlock = metadata.fetch(layout.journalStart(slot), headerRole, log);
        if (headerBlock != null) {
            switch (Careful.decode(() -> JournalHeader.decode(headerBlock, metadata.fsId(), layout, slot))) {
                case Valid<JournalHeader>(JournalHeader header) -> checkJournal(slot, claim, header);
                case Corrupt<JournalHeader> corrupt -> report(layout.journalStart(slot), headerRole, corrupt);
            }
        }
    }

    private void checkJournal(int slot, @Nullable SlotClaim claim, JournalHeader header) {
        if (claim != null && Long.compareUnsigned(header.epoch(), claim.epoch()) > 0) {
            log.add(new Finding.JournalEpochWrong(slot, header.epoch(), claim.epoch()));
        }
        if (claim != null && claim.state() == SlotClaim.State.CLEAN) {
            return;
        }
        JournalReader reader = new JournalReader(metadata, slot, header);
        List<JournalReader.Entry> entries = new ArrayList<>();
        Map<Long, Long> revoked = new HashMap<>();
        int images = 0;
        for (JournalReader.Entry entry = reader.next(); entry != null; entry = reader.next()) {
            entries.add(entry);
            images += entry.images().size();
            for (long block : entry.revokes()) {
                revoked.put(block, entry.sequence());
            }
        }
        long last = reader.lastCommitInRing();
        if (Long.compareUnsigned(last, reader.sequence()) > 0) {
            log.add(new Finding.JournalRecordBad(
                    slot,
                    reader.sequence(),
                    "an unreadable record before the committed record " + Long.toUnsignedString(last)));
        }
        if (!entries.isEmpty()) {
            log.add(new Finding.JournalNotReplayed(slot, claim == null ? "" : claim.node(), entries.size(), images));
            for (JournalReader.Entry entry : entries) {
                replay(slot, entry, revoked);
            }
        } else if (claim != null) {
            log.add(new Finding.SlotInUse(slot, claim.node(), claim.epoch()));
        }
    }

    private void replay(int slot, JournalReader.Entry entry, Map<Long, Long> revoked) {
        for (Image image : entry.images()) {
            Long revokedBy = revoked.get(image.home());
            if (revokedBy != null && Long.compareUnsigned(revokedBy, entry.sequence()) >= 0) {
                continue;
            }
            if (metadata.layout().groupOf(image.home()) < 0) {
                log.add(new Finding.JournalRecordBad(
                        slot, entry.sequence(), "an image of block " + image.home() + " outside of all groups"));
            } else if (!isSealedImage(image)) {
                log.add(new Finding.JournalRecordBad(
                        slot, entry.sequence(), "an unsound image of block " + image.home()));
            } else if (isNewer(image)) {
                metadata.overlay(image.home(), image.place());
            }
        }
    }

    /** Whether the image is a sound block for its home with the version that the record gives. */
    private boolean isSealedImage(Image image) {
        return metadata.readInPlace(image.place()) instanceof Fetched.Content(byte[] bytes)
                && BlockHeader.decode(bytes, metadata.fsId(), image.home())
                        instanceof Valid<BlockHeader>(BlockHeader header)
                && header.version() == image.version();
    }

    /** Compares with what replay has made of the block so far, so that of images in several journals the newest wins. */
    private boolean isNewer(Image image) {
        return !(metadata.read(image.home()) instanceof Fetched.Content(byte[] bytes))
                || !(BlockHeader.decode(bytes, metadata.fsId(), image.home())
                        instanceof Valid<BlockHeader>(BlockHeader header))
                || Long.compareUnsigned(image.version(), header.version()) > 0;
    }

    private void report(long block, String role, Corrupt<?> corrupt) {
        log.add(new Finding.BlockCorrupt(block, role, corrupt.reason(), corrupt.field() + ": " + corrupt.detail()));
    }
}
