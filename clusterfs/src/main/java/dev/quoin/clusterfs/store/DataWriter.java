package dev.quoin.clusterfs.store;

import dev.quoin.clusterfs.disk.BlockHeader;
import dev.quoin.clusterfs.vfs.VfsException;
import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Writes dirty pages of many files at once, neighbours on the device together. Any thread may use it; blocking. */
public final class DataWriter {

    /** The longest write, in blocks. */
    private static final int RUN_MAX = 256;

    /** How many bytes are copied and in flight at once, in blocks. */
    private static final int FLIGHT_MAX = 4096;

    private final FsDevice device;

    /** A writer to this device. */
    public DataWriter(FsDevice device) {
        this.device = device;
    }

    /** Writes all that is dirty in these files at the time of the call, and waits; not durable. */
    public void write(Collection<FileData> files) throws VfsException {
        List<FileData> ordered = files.stream()
                .distinct()
                .sorted(Comparator.comparingLong(FileData::id))
                .toList();
        ordered.forEach(file -> file.writing.lock());
        try {
            List<Page> pages = new ArrayList<>();
            ordered.forEach(file -> pages.addAll(file.takeDirty()));
            pages.sort(Comparator.comparingLong(Page::physical));
            for (int from = 0; from < pages.size(); from += FLIGHT_MAX) {
                writeSorted(pages.subList(from, Math.min(pages.size(), from + FLIGHT_MAX)));
            }
        } finally {
            ordered.forEach(file -> file.writing.unlock());
        }
    }

    private void writeSorted(List<Page> pages) throws VfsException {
        List<CompletableFuture<Void>> writes = new ArrayList<>();
        for (int from = 0; from < pages.size(); ) {
            long start = pages.get(from).physical();
            int count = 1;
            while (count < RUN_MAX
                    && from + count < pages.size()
                    && pages.get(from + count).physical() == start + count) {
                count++;
            }
            byte[] run = new byte[count * BlockHeader.BLOCK_SIZE];
            for (int i = 0; i < count; i++) {
                pages.get(from + i).take(run, i * BlockHeader.BLOCK_SIZE);
            }
            writes.add(device.write(start, ByteBuffer.wrap(run), WriteMode.CACHED));
            from += count;
        }
        FsDevice.await(writes);
    }
}
