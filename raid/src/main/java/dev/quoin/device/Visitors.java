package dev.quoin.device;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Counts the threads that are inside, so that who closes a device can wait for them. Each thread has a counter of its own, or
 * shares it with few: one counter for all would go from processor to processor with every request.
 */
final class Visitors {

    private static final int COUNTERS = 32;

    /** So that no two counters share a cache line of 64 bytes. */
    private static final int STEP = 16;

    private final AtomicIntegerArray counters = new AtomicIntegerArray(COUNTERS * STEP);

    /** Comes in. What says that the device is closed must be looked at after this. */
    void enter() {
        counters.incrementAndGet(mine());
    }

    /** Goes, on the thread that came in. */
    void leave() {
        counters.decrementAndGet(mine());
    }

    /** Whether nobody is inside. After the device is closed for newcomers this stays so once it is. */
    boolean isEmpty() {
        for (int i = 0; i < counters.length(); i += STEP) {
            if (counters.get(i) != 0) {
                return false;
            }
        }
        return true;
    }

    private static int mine() {
        return (int) (Thread.currentThread().threadId() % COUNTERS) * STEP;
    }
}
