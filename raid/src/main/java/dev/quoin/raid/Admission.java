package dev.quoin.raid;

import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceException.Code;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Limits how much an array takes on at once.
 *
 * <p>Requests beyond {@link #REQUESTS_MAX} are refused as busy. Writes wait, in order, while the blocks that are not yet in place
 * take {@link #DIRTY_BYTES_MAX}; putting blocks in place lets them go on.
 */
final class Admission {

    /** How many requests may be under way, those included that wait for memory. */
    static final int REQUESTS_MAX = 8192;

    /** How many bytes of new content may wait to be put in place. One write more may pass it by its own length. */
    static final long DIRTY_BYTES_MAX = 64L * 1024 * 1024;

    private record Waiting(long bytes, Runnable start) {}

    private final ArrayCore core;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition idle = lock.newCondition();
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private int requests;
    private @Nullable CompletableFuture<ArrayCore> successor;
    private int held;
    private long dirtyBytes;

    Admission(ArrayCore core) {
        this.core = core;
    }

    /** Counts a request in; false if it has to be sent to the {@link #successor} instead. */
    boolean begin(boolean write) throws DeviceException {
        core.checkUsable(write);
        lock.lock();
        try {
            if (successor != null) {
                if (held == REQUESTS_MAX) {
                    throw new DeviceException(
                            Code.BUSY,
                            core.deviceName(),
                            REQUESTS_MAX + " requests wait for a change of the array, which is the limit: try again");
                }
                held++;
                return false;
            }
            if (requests == REQUESTS_MAX) {
                throw new DeviceException(
                        Code.BUSY,
                        core.deviceName(),
                        REQUESTS_MAX + " requests are under way, which is the limit: try again");
            }
            requests++;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** From now on no request is counted in, until the one returned is completed with who takes them all. */
    CompletableFuture<ArrayCore> hold() {
        lock.lock();
        try {
            successor = new CompletableFuture<>();
            held = 0;
            return successor;
        } finally {
            lock.unlock();
        }
    }

    /** Ends {@link #hold}: requests are counted in here again, those that waited too. */
    void goOn() {
        CompletableFuture<ArrayCore> waiting;
        lock.lock();
        try {
            waiting = successor();
            successor = null;
        } finally {
            lock.unlock();
        }
        waiting.complete(core);
    }

    /** Who takes the requests that are not counted in here. */
    CompletableFuture<ArrayCore> successor() {
        lock.lock();
        try {
            return successor == null ? CompletableFuture.completedFuture(core) : successor;
        } finally {
            lock.unlock();
        }
    }

    /** Counts a request out. */
    void end() {
        lock.lock();
        try {
            requests--;
            if (requests == 0) {
                idle.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Runs {@code start} when there is memory for {@code bytes} of new content: now or later. */
    void reserve(long bytes, Runnable start) {
        boolean wait;
        lock.lock();
        try {
            wait = core.dead() == null && (!waiting.isEmpty() || dirtyBytes >= DIRTY_BYTES_MAX);
            if (wait) {
                waiting.add(new Waiting(bytes, start));
            } else {
                dirtyBytes += bytes;
            }
        } finally {
            lock.unlock();
        }
        if (wait) {
            core.journal.hurry();
        } else {
            start.run();
        }
    }

    /** Gives memory back. */
    void release(long bytes) {
        lock.lock();
        try {
            dirtyBytes -= bytes;
        } finally {
            lock.unlock();
        }
        drain();
    }

    /** Whether writes wait for memory. */
    boolean isShort() {
        lock.lock();
        try {
            return !waiting.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Lets go on who may; all, if the array is dead, to be told so. */
    void drain() {
        while (true) {
            Waiting next;
            lock.lock();
            try {
                if (waiting.isEmpty() || (dirtyBytes >= DIRTY_BYTES_MAX && core.dead() == null)) {
                    return;
                }
                next = waiting.remove();
                dirtyBytes += next.bytes;
            } finally {
                lock.unlock();
            }
            next.start.run();
        }
    }

    /** Waits until no request is under way. Blocking, not interruptible. */
    void awaitIdle() {
        lock.lock();
        try {
            while (requests > 0) {
                idle.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }
}
