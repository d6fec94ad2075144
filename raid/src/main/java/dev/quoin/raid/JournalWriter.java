package dev.quoin.raid;

import dev.quoin.device.WriteMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Writes the parts of a batch into the rings of the members.
 *
 * <p>There is one batch at a time, which is why the buffers can be kept: they are free again when the batch is written.
 */
final class JournalWriter {

    private static final int BUFFER_MIN = 256 * 1024;

    private final ArrayCore core;
    private final long generation;
    private final @Nullable ByteBuffer[] buffers;

    JournalWriter(ArrayCore core, long generation) {
        this.core = core;
        this.generation = generation;
        this.buffers = new ByteBuffer[core.roles()];
    }

    /**
     * Writes the batch and, if there is one, the page of the bitmap that it needs. Not durable. A member that fails is a failed one
     * when the future completes.
     */
    CompletableFuture<Void> write(Batch batch, Intent.@Nullable Page bitmap) {
        if (core.sabotage == Sabotage.NO_JOURNAL) {
            return CompletableFuture.completedFuture(null);
        }
        List<CompletableFuture<?>> writes = new ArrayList<>();
        if (bitmap != null) {
            for (Member member : core.activeMembers()) {
                writes.add(core.io.write(member, bitmap.offset(), bitmap.bytes(), WriteMode.CACHED));
            }
        }
        ByteBuffer header = JournalPart.encode(core.uuid, generation, batch);
        for (int role = 0; role < core.roles(); role++) {
            Member member = core.members.get(role);
            if (member != null && (batch.participants & 1 << role) != 0) {
                ByteBuffer part = part(batch, header, role);
                long offset = member.regions().journalOffset() + batch.ringOffsets[role];
                writes.add(core.io.write(member, offset, part, WriteMode.CACHED));
            }
        }
        return CompletableFuture.allOf(writes.toArray(CompletableFuture[]::new));
    }

    private ByteBuffer part(Batch batch, ByteBuffer header, int role) {
        JournalPart.address(header, role, batch.partLengths[role]);
        ByteBuffer part = buffer(role, batch.partLengths[role]);
        part.put(header.duplicate().position(0).limit(batch.headerLength));
        for (BandRecord record : batch.records) {
            for (int column = role; column < core.map.columns(); column += core.roles()) {
                putStored(record, column, part);
            }
        }
        // The rest of the last block would be what an earlier part left in the buffer.
        part.put(new byte[batch.partLengths[role] - part.position()]);
        return part.flip();
    }

    private void putStored(BandRecord record, int column, ByteBuffer part) {
        long stored = record.rows(column, Pending.Kind.DATA);
        while (stored != 0) {
            int row = Long.numberOfTrailingZeros(stored);
            int rows = Addressing.runLength(stored, row);
            Pending first = record.get(column, row);
            if (first == null) {
                throw new IllegalStateException("row " + row + " of column " + column + " has no cell");
            }
            part.put(first.bytes(), first.at(), rows * core.map.cell());
            stored &= ~Addressing.mask(row, rows);
        }
    }

    private ByteBuffer buffer(int role, int length) {
        ByteBuffer buffer = buffers[role];
        if (buffer == null || buffer.capacity() < length) {
            buffer = ByteBuffer.allocateDirect(Math.max(BUFFER_MIN, Integer.highestOneBit(length - 1) * 2));
            buffers[role] = buffer;
        }
        return buffer.clear();
    }
}
