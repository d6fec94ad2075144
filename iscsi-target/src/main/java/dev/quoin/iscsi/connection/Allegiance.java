package dev.quoin.iscsi.connection;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * To which connection of its session a task belongs: its data and its answer go that way alone (RFC 7143 4.2.5.1). Any thread may
 * use it.
 */
final class Allegiance {

    private final AtomicInteger unsettled = new AtomicInteger();

    /** Whether every task of the connection has been answered or aborted, with the answer handed to the output. */
    boolean isSettled() {
        return unsettled.get() == 0;
    }

    /** The connection has one task more. */
    void begin() {
        unsettled.incrementAndGet();
    }

    /** A task has been answered or aborted. */
    void settle() {
        unsettled.decrementAndGet();
    }
}
