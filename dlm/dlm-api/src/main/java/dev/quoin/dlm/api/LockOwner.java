package dev.quoin.dlm.api;

/**
 * Who, inside a session, would be stuck if a request never ended: a thread, a task, a transaction. The search for deadlocks
 * follows "waits for" from an owner's request to whoever blocks it and on through what that owner waits for in turn.
 *
 * @param id any number that is unique among the owners of one session; 0 is {@link #NONE}
 */
public record LockOwner(long id) {

    /** Takes no part in the search: what this owner holds will be given up when it is asked for. */
    public static final LockOwner NONE = new LockOwner(0);

    /** The calling thread. */
    public static LockOwner ofThread() {
        return new LockOwner(Thread.currentThread().threadId());
    }
}
