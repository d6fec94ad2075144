package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.session.CommandWindow;
import dev.quoin.iscsi.wire.Digests;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Sends batches. Any thread may hand one in; who gets the lock sends all that are ready, in one gathering write, and nobody
 * waits for it.
 *
 * <p><b>Nothing stays behind.</b> Who finds the lock taken only leaves its batch in the queue. So whoever gives the lock back
 * looks at the queue once more, and tries again if it is not empty: either the late batch was seen, or its owner finds the
 * lock free.
 *
 * <p><b>A full socket</b> blocks nobody: the channel does not block, the rest stays, {@link #blocked()} becomes true and the
 * connection's thread is woken. It alone calls {@link #resume()} when the socket takes bytes again. How much can gather here is
 * bounded by the command window and the buffers that the commands may hold.
 */
final class Output {

    /** The most batches in one gathering write. */
    static final int GATHER_MAX = 32;

    private final GatheringByteChannel channel;
    private final CommandWindow window;
    private final BufferPool pool;
    private final Budget budget;
    private final Runnable wake;
    private final ReentrantLock lock = new ReentrantLock();
    private final Queue<OutputBatch> ready;

    // Guarded by the lock: the batches that are stamped and not yet sent whole.
    private final @Nullable OutputBatch[] sending = new OutputBatch[GATHER_MAX];
    private final ByteBuffer[] buffers = new ByteBuffer[GATHER_MAX];
    private final Digests digests = new Digests();
    private int sendingFirst;
    private int sendingEnd;
    private int statSn;
    private long sentBytes;

    private volatile boolean blocked;
    private volatile boolean closed;
    private volatile @Nullable IOException failure;

    /**
     * An output in the full feature phase.
     *
     * @param channel in non-blocking mode
     * @param statSn the next StatSN
     * @param budget gets back what the batches hold of it when they are sent
     * @param wake wakes the connection's thread; called by any thread
     */
    Output(
            GatheringByteChannel channel,
            CommandWindow window,
            int statSn,
            BufferPool pool,
            Budget budget,
            Runnable wake) {
        this(channel, window, statSn, pool, budget, wake, new ConcurrentLinkedQueue<>());
    }

    /** As the other constructor, with the queue of batches, which must be for many threads. */
    Output(
            GatheringByteChannel channel,
            CommandWindow window,
            int statSn,
            BufferPool pool,
            Budget budget,
            Runnable wake,
            Queue<OutputBatch> ready) {
        this.ready = ready;
        this.channel = channel;
        this.window = window;
        this.statSn = statSn;
        this.pool = pool;
        this.budget = budget;
        this.wake = wake;
    }

    /** Hands in a batch, which then belongs to the output. Never blocks. */
    void send(OutputBatch batch) {
        ready.add(batch);
        pump();
    }

    private void pump() {
        while ((!blocked || closed) && !ready.isEmpty() && lock.tryLock()) {
            try {
                drain();
            } finally {
                lock.unlock();
            }
        }
    }

    /** The socket takes bytes again: sends on. Connection's thread only. */
    void resume() {
        lock.lock();
        try {
            blocked = false;
            drain();
        } finally {
            lock.unlock();
        }
        pump();
    }

    /** Whether batches wait for the socket. */
    boolean blocked() {
        return blocked;
    }

    /** Whether everything handed in so far has been given to the socket. */
    boolean isIdle() {
        lock.lock();
        try {
            return ready.isEmpty() && sendingFirst == sendingEnd;
        } finally {
            lock.unlock();
        }
    }

    /** The bytes given to the socket so far. */
    long sentBytes() {
        lock.lock();
        try {
            return sentBytes;
        } finally {
            lock.unlock();
        }
    }

    /** Why nothing can be sent any more, or null. */
    @Nullable IOException failure() {
        return failure;
    }

    /** Drops what waits and all that comes. */
    void close() {
        closed = true;
        lock.lock();
        try {
            drain();
        } finally {
            lock.unlock();
        }
        pump();
    }

    private void drain() {
        while (!blocked || closed) {
            if (sendingFirst == sendingEnd && !refill()) {
                return;
            }
            if (closed || failure != null) {
                discard();
                continue;
            }
            try {
                long sent = channel.write(buffers, sendingFirst, sendingEnd - sendingFirst);
                sentBytes += sent;
            } catch (IOException broken) {
                failure = broken;
                wake.run();
                continue;
            }
            retire();
            if (sendingFirst < sendingEnd) {
                blocked = true;
                wake.run();
            }
        }
    }

    private boolean refill() {
        sendingFirst = 0;
        sendingEnd = 0;
        OutputBatch batch;
        while (sendingEnd < GATHER_MAX && (batch = ready.poll()) != null) {
            statSn = batch.stamp(statSn, window.expected(), window.max(), digests);
            sending[sendingEnd] = batch;
            buffers[sendingEnd] = batch.buffer().limit(batch.end()).position(0);
            sendingEnd++;
        }
        return sendingEnd > 0;
    }

    private void retire() {
        while (sendingFirst < sendingEnd && !buffers[sendingFirst].hasRemaining()) {
            giveBack();
        }
    }

    private void discard() {
        while (sendingFirst < sendingEnd) {
            giveBack();
        }
    }

    private void giveBack() {
        OutputBatch batch = sending[sendingFirst];
        sending[sendingFirst++] = null;
        if (batch != null) {
            pool.give(batch.buffer());
            budget.release(batch.held());
        }
    }
}
