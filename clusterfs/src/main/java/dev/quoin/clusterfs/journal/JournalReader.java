package dev.quoin.clusterfs.journal;

import dev.quoin.clusterfs.disk.Decoded;
import dev.quoin.clusterfs.disk.FsLayout;
import dev.quoin.clusterfs.disk.JournalCommit;
import dev.quoin.clusterfs.disk.JournalDescriptor;
import dev.quoin.clusterfs.disk.JournalHeader;
import dev.quoin.clusterfs.journal.JournalRecord.Image;
import dev.quoin.clusterfs.vfs.VfsException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/** Reads the live records of one journal, oldest first, until the first that is not there or not complete. */
final class JournalReader {

    /** Where blocks come from. */
    @FunctionalInterface
    interface Source {
        /** The 4,096 bytes at an address: EIO. */
        byte[] read(long block) throws VfsException;
    }

    private final Source source;
    private final long fsId;
    private final FsLayout layout;
    private final int slot;
    private final long epoch;
    private int position;
    private long sequence;
    private int left;

    JournalReader(Source source, long fsId, FsLayout layout, JournalHeader header) {
        this.source = source;
        this.fsId = fsId;
        this.layout = layout;
        this.slot = header.slot();
        this.epoch = header.epoch();
        this.position = header.position();
        this.sequence = header.sequence();
        this.left = layout.journalBlocks() - 1;
    }

    /** Where the next record would begin. */
    int position() {
        return position;
    }

    /** The sequence that the next record would have. */
    long sequence() {
        return sequence;
    }

    /** The next record; empty at the end. */
    Optional<JournalRecord> next() throws VfsException {
        CRC32C crc = new CRC32C();
        List<Image> images = new ArrayList<>();
        List<Long> revokes = new ArrayList<>();
        int blocks = 0;
        for (int chunk = 0; blocks < left; chunk++) {
            long address = address(blocks);
            byte[] content = source.read(address);
            if (chunk > 0 && isEnd(content, address, blocks + 1, crc)) {
                JournalRecord record = new JournalRecord(sequence, epoch, images, revokes);
                position = JournalRecord.advance(position, blocks + 1, layout.journalBlocks());
                left -= blocks + 1;
                sequence++;
                return Optional.of(record);
            }
            if (!(JournalDescriptor.decode(content, fsId, address)
                            instanceof Decoded.Valid<JournalDescriptor>(JournalDescriptor descriptor))
                    || descriptor.sequence() != sequence
                    || descriptor.epoch() != epoch
                    || descriptor.chunk() != chunk
                    || blocks + 1 + descriptor.images().size() >= left) {
                return Optional.empty();
            }
            crc.update(content);
            blocks++;
            for (JournalDescriptor.Image listed : descriptor.images()) {
                byte[] image = source.read(address(blocks));
                crc.update(image);
                images.add(new Image(listed.block(), listed.version(), image));
                blocks++;
            }
            revokes.addAll(descriptor.revokes());
        }
        return Optional.empty();
    }

    private boolean isEnd(byte[] content, long address, int blocks, CRC32C crc) {
        return JournalCommit.decode(content, fsId, address)
                        instanceof Decoded.Valid<JournalCommit>(JournalCommit commit)
                && commit.sequence() == sequence
                && commit.epoch() == epoch
                && commit.blocks() == blocks
                && commit.crc() == (int) crc.getValue();
    }

    private long address(int steps) {
        return layout.journalStart(slot) + JournalRecord.advance(position, steps, layout.journalBlocks());
    }
}
