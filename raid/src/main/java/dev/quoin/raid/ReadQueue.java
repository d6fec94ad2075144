package dev.quoin.raid;

import java.util.concurrent.atomic.AtomicInteger;

/** What a member is being read for, so that reads can go to the one of several that is best placed. Safe for many threads. */
final class ReadQueue {

    private final AtomicInteger underWay = new AtomicInteger();
    private volatile long nextAddress = -1;

    /** A read of the member begins. */
    void begin() {
        underWay.incrementAndGet();
    }

    /** It has ended. */
    void end() {
        underWay.decrementAndGet();
    }

    int length() {
        return underWay.get();
    }

    /** Remembers the cell behind one that is read. */
    void expect(long address) {
        nextAddress = address;
    }

    /** Whether this is the cell behind the last one read. */
    boolean expects(long address) {
        return nextAddress == address;
    }
}
