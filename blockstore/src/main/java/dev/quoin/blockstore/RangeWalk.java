package dev.quoin.blockstore;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Does something to each extent of a range, to a few at a time: a range may cover a whole volume, and an array takes only so many
 * requests at once.
 *
 * <p>Whoever ends a piece starts the next; however the pieces end, the stack stays flat.
 */
final class RangeWalk implements PieceEnd {

    /** The most pieces under way at once. */
    static final int PIECES_MAX = 16;

    /** What is done with the part of a range that lies on one extent; tells {@code end} once. */
    interface Step {
        void start(long index, long within, long length, PieceEnd end);
    }

    private final VolumeRequest request;
    private final long extentSize;
    private final long end;
    private final Step step;
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicInteger wishes = new AtomicInteger();

    /** Where the next piece begins. Owned by the thread that raised {@link #wishes} from zero. */
    private long at;

    /** A walk from {@code offset}, in bytes, whose pieces are one piece of {@code request}. */
    RangeWalk(VolumeRequest request, long extentSize, long offset, long length, Step step) {
        this.request = request;
        this.extentSize = extentSize;
        this.at = offset;
        this.end = offset + length;
        this.step = step;
    }

    void start() {
        request.pieceBegins();
        // The walk itself counts as a piece, so that it does not end between two others.
        underWay.set(1);
        go();
    }

    @Override
    public void pieceEnded(@Nullable Throwable why) {
        if (why != null) {
            request.failed(why);
        }
        if (underWay.decrementAndGet() == 0) {
            request.pieceEnded(null);
        } else {
            go();
        }
    }

    private void go() {
        if (wishes.getAndIncrement() != 0) {
            return;
        }
        int seen;
        do {
            seen = wishes.get();
            while (at < end && underWay.get() <= PIECES_MAX) {
                long within = at % extentSize;
                long length = Math.min(extentSize - within, end - at);
                long index = at / extentSize;
                at += length;
                underWay.incrementAndGet();
                step.start(index, within, length, this);
                if (at == end) {
                    pieceEnded(null);
                }
            }
        } while (wishes.addAndGet(-seen) != 0);
    }
}
