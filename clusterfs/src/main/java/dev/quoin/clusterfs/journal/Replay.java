package dev.quoin.clusterfs.journal;

import dev.quoin.clusterfs.disk.BlockHeader;
import dev.quoin.clusterfs.disk.Decoded;
import dev.quoin.clusterfs.disk.JournalHeader;
import dev.quoin.clusterfs.journal.JournalRecord.Image;
import dev.quoin.clusterfs.store.FsDevice;
import dev.quoin.clusterfs.vfs.VfsException;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Puts what a dead node had made durable in its journal in place.
 *
 * <p>An image is applied only if no later or same record revokes it, and if the block on the device is older or not sound. A block that the
 * dead node had passed on to another node is revoked, so nothing newer can be undone. Doing it twice, or in part and then again, is the
 * same as doing it once.
 *
 * @param records how many complete records there were
 * @param applied how many blocks were written
 * @param skipped how many were as new on the device already
 * @param next where the ring goes on after them, to be made the new header with a higher epoch
 */
public record Replay(int records, int applied, int skipped, JournalHeader next) {

    /** How many writes are under way at once. */
    private static final int WRITES_MAX = 64;

    /**
     * Replays the journal of {@code slot} and flushes; the journal stays as it is. The caller holds the right to do so, and the former
     * owner can no longer reach the device. Blocking; EIO if the journal or a block cannot be read.
     */
    public static Replay run(FsDevice device, int slot) throws VfsException {
        long start = device.layout().journalStart(slot);
        JournalHeader header =
                device.trust(start, JournalHeader.decode(device.read(start), device.fsId(), device.layout(), slot));
        JournalReader reader = new JournalReader(readAhead(device, slot), device.fsId(), device.layout(), header);
        Map<Long, Image> newest = new HashMap<>();
        int records = 0;
        Optional<JournalRecord> found = reader.next();
        while (found.isPresent()) {
            JournalRecord record = found.get();
            record.images().forEach(image -> newest.put(image.block(), image));
            record.revokes().forEach(newest::remove);
            records++;
            found = reader.next();
        }
        int applied = apply(device, newest);
        device.flush();
        JournalHeader next = new JournalHeader(slot, reader.position(), header.epoch(), reader.sequence());
        return new Replay(records, applied, newest.size() - applied, next);
    }

    private static int apply(FsDevice device, Map<Long, Image> newest) throws VfsException {
        List<CompletableFuture<Void>> writes = new ArrayList<>();
        int applied = 0;
        for (Image image : newest.values()) {
            if (isNewer(device, image)) {
                applied++;
                writes.add(device.write(image.block(), ByteBuffer.wrap(image.content()), WriteMode.CACHED));
                if (writes.size() == WRITES_MAX) {
                    FsDevice.await(writes);
                    writes.clear();
                }
            }
        }
        FsDevice.await(writes);
        return applied;
    }

    private static boolean isNewer(FsDevice device, Image image) {
        byte[] present;
        try {
            present = device.read(image.block());
        } catch (VfsException unreadable) {
            // Writing the block is what makes an unreadable sector readable again; if the device is gone, that fails
            // too.
            return true;
        }
        return switch (BlockHeader.decode(present, device.fsId(), image.block())) {
            case Decoded.Valid<BlockHeader>(BlockHeader header) ->
                Long.compareUnsigned(image.version(), header.version()) > 0;
            case Decoded.Corrupt<BlockHeader> torn -> true;
        };
    }

    /** Reads the ring in large pieces. */
    private static JournalReader.Source readAhead(FsDevice device, int slot) {
        int piece = 64;
        long start = device.layout().journalStart(slot);
        long end = start + device.layout().journalBlocks();
        return new JournalReader.Source() {
            private byte[] bytes = new byte[0];
            private long from = -1;

            @Override
            public byte[] read(long block) throws VfsException {
                long index = from < 0 ? -1 : (block - from) * BlockHeader.BLOCK_SIZE;
                if (index < 0 || index >= bytes.length) {
                    from = block;
                    bytes = new byte[(int) Math.min(piece, end - block) * BlockHeader.BLOCK_SIZE];
                    device.read(block, ByteBuffer.wrap(bytes));
                    index = 0;
                }
                byte[] content = new byte[BlockHeader.BLOCK_SIZE];
                System.arraycopy(bytes, (int) index, content, 0, content.length);
                return content;
            }
        };
    }
}
