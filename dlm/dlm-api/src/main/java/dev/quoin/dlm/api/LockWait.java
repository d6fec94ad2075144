package dev.quoin.dlm.api;

/**
 * One edge of the graph of who waits for whom.
 *
 * @param waiter the request that cannot go on
 * @param blocker the lock held, or the request ahead in the queue, that it waits for
 */
public record LockWait(LockInfo waiter, LockInfo blocker) {

    /** For people: who waits for what, and who stands in the way with what. */
    @Override
    public String toString() {
        return waiter.describe() + ", blocked by " + blocker.describe();
    }
}
