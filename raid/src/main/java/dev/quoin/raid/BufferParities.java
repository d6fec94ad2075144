package dev.quoin.raid;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Makes the parities of whole codewords straight from the buffers of those who write them, without a copy on the heap. Keeps a limited
 * number of buffers for that. Safe for many threads.
 */
final class BufferParities {

    private static final int KEPT_MAX = 32;
    private static final int CACHE_LINE = 64;

    private final Addressing map;
    private final ArrayBlockingQueue<ByteBuffer> kept = new ArrayBlockingQueue<>(KEPT_MAX);

    BufferParities(Addressing map) {
        this.map = map;
    }

    /**
     * The parities of the rows of these pieces, which together are whole codewords; to be given back.
     *
     * @return null if they have to be made on the heap: a buffer is there, a chunk is in several pieces, or the program has no vectors
     */
    ByteBuffer @Nullable [] make(int dataChunks, List<BandWrite.Piece> pieces) {
        BufferKernel kernel = Galois.BUFFERS;
        if (kernel == null || pieces.size() != dataChunks) {
            return null;
        }
        MemorySegment[] data = new MemorySegment[dataChunks];
        for (BandWrite.Piece piece : pieces) {
            ByteBuffer source = piece.source();
            if (source == null
                    || !source.isDirect()
                    || piece.rows() != pieces.getFirst().rows()) {
                return null;
            }
            data[piece.index()] = MemorySegment.ofBuffer(source);
        }
        int length = pieces.getFirst().bytes();
        ByteBuffer[] parities = new ByteBuffer[map.redundancy().parities()];
        for (int i = 0; i < parities.length; i++) {
            parities[i] = take(length);
        }
        MemorySegment p = MemorySegment.ofBuffer(parities[0]);
        if (parities.length == 2) {
            kernel.syndromes(p, MemorySegment.ofBuffer(parities[1]), data, 0, length);
        } else {
            kernel.xor(p, data, 0, length);
        }
        return parities;
    }

    private ByteBuffer take(int length) {
        ByteBuffer buffer = kept.poll();
        if (buffer == null) {
            buffer = ByteBuffer.allocateDirect(map.rows() * map.cell() + CACHE_LINE)
                    .alignedSlice(CACHE_LINE);
        }
        return buffer.clear().limit(length);
    }

    /** Nobody uses them any more. With enough kept they are left to the collector. */
    void giveBack(ByteBuffer[] parities) {
        for (ByteBuffer parity : parities) {
            kept.offer(parity);
        }
    }

    /** How many are kept. */
    int kept() {
        return kept.size();
    }
}
