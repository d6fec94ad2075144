package dev.quoin.clusterfs.fsck;

import dev.quoin.clusterfs.disk.BlockHeader;
import dev.quoin.clusterfs.disk.Decoded.Valid;
import dev.quoin.clusterfs.disk.FsLayout;
import dev.quoin.clusterfs.disk.JournalCommit;
import dev.quoin.clusterfs.disk.JournalDescriptor;
import dev.quoin.clusterfs.disk.JournalHeader;
import dev.quoin.clusterfs.fsck.BlockSource.Fetched;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Reads the committed records of one journal in order. The live part begins where the header says and ends at the first block
 * that does not continue it.
 */
final class JournalReader {

    /** A block image: where it belongs, its version, and where in the journal it is. */
    record Image(long home, long version, long place) {}

    /** A committed record. */
    record Entry(long sequence, List<Image> images, List<Long> revokes) {}

    private final Metadata metadata;
    private final int slot;
    private final JournalHeader header;
    private final int ring;
    private int position;
    private long sequence;
    private int consumed;

    JournalReader(Metadata metadata, int slot, JournalHeader header) {
        this.metadata = metadata;
        this.slot = slot;
        this.header = header;
        this.ring = metadata.layout().journalBlocks() - 1;
        this.position = header.position();
        this.sequence = header.sequence();
    }

    /** The sequence of the next record, of which {@link #next} said that it does not exist. */
    long sequence() {
        return sequence;
    }

    /** The next record, null if there is none. */
    @Nullable Entry next() {
        List<Image> images = new ArrayList<>();
        List<Long> revokes = new ArrayList<>();
        CRC32C crc = new CRC32C();
        int blocks = 0;
        for (int chunk = 0; consumed + blocks < ring; chunk++) {
            long place = placeOf(position + blocks);
            byte[] head = read(place);
            if (head == null) {
                return null;
            }
            if (chunk > 0 && commits(head, place, blocks, crc)) {
                return accept(blocks + 1, images, revokes);
            }
            JournalDescriptor descriptor = descriptor(head, place, chunk);
            if (descriptor == null
                    || consumed + blocks + 1 + descriptor.images().size() >= ring) {
                return null;
            }
            crc.update(head);
            blocks++;
            for (JournalDescriptor.Image image : descriptor.images()) {
                long imagePlace = placeOf(position + blocks);
                byte[] content = read(imagePlace);
                if (content == null) {
                    return null;
                }
                crc.update(content);
                images.add(new Image(image.block(), image.version(), imagePlace));
                blocks++;
            }
            revokes.addAll(descriptor.revokes());
        }
        return null;
    }

    /** The largest sequence of a commit block of this journal's epoch anywhere in the ring; the header's if there is none. */
    long lastCommitInRing() {
        long last = header.sequence();
        for (int at = 1; at <= ring; at++) {
            long place = metadata.layout().journalStart(slot) + at;
            byte[] content = read(place);
            if (content != null
                    && JournalCommit.decode(content, metadata.fsId(), place)
                            instanceof Valid<JournalCommit>(JournalCommit commit)
                    && commit.epoch() == header.epoch()
                    && Long.compareUnsigned(commit.sequence(), last) > 0) {
                last = commit.sequence();
            }
        }
        return last;
    }

    private Entry accept(int blocks, List<Image> images, List<Long> revokes) {
        Entry entry = new Entry(sequence, images, revokes);
        position = 1 + (position - 1 + blocks) % ring;
        consumed += blocks;
        sequence++;
        return entry;
    }

    private boolean commits(byte[] content, long place, int blocks, CRC32C crc) {
        return JournalCommit.decode(content, metadata.fsId(), place)
                        instanceof Valid<JournalCommit>(JournalCommit commit)
                && commit.sequence() == sequence
                && commit.epoch() == header.epoch()
                && commit.blocks() == blocks + 1
                && commit.crc() == (int) crc.getValue();
    }

    private @Nullable JournalDescriptor descriptor(byte[] content, long place, int chunk) {
        return JournalDescriptor.decode(content, metadata.fsId(), place)
                                instanceof Valid<JournalDescriptor>(JournalDescriptor descriptor)
                        && descriptor.sequence() == sequence
                        && descriptor.epoch() == header.epoch()
                        && descriptor.chunk() == chunk
                ? descriptor
                : null;
    }

    /** The address of a position that may have run over the end of the ring. */
    private long placeOf(int unwrapped) {
        FsLayout layout = metadata.layout();
        return layout.journalStart(slot) + 1 + (unwrapped - 1) % ring;
    }

    private byte @Nullable [] read(long place) {
        return metadata.readInPlace(place) instanceof Fetched.Content(byte[] bytes)
                        && bytes.length == BlockHeader.BLOCK_SIZE
                ? bytes
                : null;
    }
}
