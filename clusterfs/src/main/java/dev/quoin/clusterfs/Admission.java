package dev.quoin.clusterfs;

import dev.quoin.clusterfs.store.Withdrawal;
import dev.quoin.clusterfs.store.WriteLease;
import dev.quoin.clusterfs.vfs.Errno;
import dev.quoin.clusterfs.vfs.VfsException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Lets operations in until the unmount, which waits for those that are in, and their results out only while the session is surely alive. Any
 * thread.
 */
final class Admission {

    /** An operation with a result. */
    @FunctionalInterface
    interface Operation<T> {
        /** Does it. */
        T run() throws VfsException;
    }

    /** An operation without result. */
    @FunctionalInterface
    interface Action {
        /** Does it. */
        void run() throws VfsException;
    }

    private final ReentrantReadWriteLock running = new ReentrantReadWriteLock();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Withdrawal withdrawal;
    private final WriteLease lease;

    /** Lets results out only while {@code lease} is valid. */
    Admission(Withdrawal withdrawal, WriteLease lease) {
        this.withdrawal = withdrawal;
        this.lease = lease;
    }

    <T> T run(Operation<T> operation) throws VfsException {
        running.readLock().lock();
        try {
            if (closed.get()) {
                throw new VfsException(Errno.EIO, "the file system was unmounted");
            }
            T result = operation.run();
            if (!lease.await(withdrawal)) {
                throw withdrawal.failure();
            }
            return result;
        } finally {
            running.readLock().unlock();
        }
    }

    void perform(Action action) throws VfsException {
        run(() -> {
            action.run();
            return Boolean.TRUE;
        });
    }

    /** Lets nothing in any more and waits for what is in; false if that was done before. */
    boolean close() {
        if (!closed.compareAndSet(false, true)) {
            return false;
        }
        running.writeLock().lock();
        try {
            return true;
        } finally {
            running.writeLock().unlock();
        }
    }
}
