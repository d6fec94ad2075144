package dev.quoin.clusterfs.glock;

import dev.quoin.dlm.api.LockMode;

/** The right of one thread to use what a lock covers, until it is closed. */
public final class Hold implements AutoCloseable {

    private final Glock glock;
    private final LockMode mode;
    private boolean closed;

    Hold(Glock glock, LockMode mode) {
        this.glock = glock;
        this.mode = mode;
    }

    /** PR or EX. */
    public LockMode mode() {
        return mode;
    }

    /** The lock. */
    public Glock glock() {
        return glock;
    }

    /** Idempotent; by the thread that got it or one that it handed it to. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            glock.leave(mode);
        }
    }
}
