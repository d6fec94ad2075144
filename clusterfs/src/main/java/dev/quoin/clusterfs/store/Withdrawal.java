package dev.quoin.clusterfs.store;

import dev.quoin.clusterfs.vfs.Errno;
import dev.quoin.clusterfs.vfs.VfsException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a mount still takes part. After a lost session, a failed write or a bug it withdraws for ever: every operation fails with EIO and
 * nothing is written any more, so that what is on the device is what the journal says.
 *
 * <p>Any thread may use it.
 */
public final class Withdrawal {

    private static final Logger LOG = LoggerFactory.getLogger(Withdrawal.class);

    private final AtomicReference<String> reason = new AtomicReference<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final String mount;

    /** A mount that takes part. */
    public Withdrawal(String mount) {
        this.mount = mount;
    }

    /** Runs {@code listener} once at the withdrawal; it must not block. */
    public void listen(Runnable listener) {
        listeners.add(listener);
        if (isWithdrawn()) {
            listener.run();
        }
    }

    /** Withdraws; only the first reason counts. */
    public void withdraw(String why) {
        if (reason.compareAndSet(null, why)) {
            LOG.error("file system withdrawn: remount it after its cause is mended mount={} reason={}", mount, why);
            listeners.forEach(Runnable::run);
        }
    }

    /** Ends the mount in order: nothing is written any more. */
    public void end() {
        reason.compareAndSet(null, "it was unmounted");
    }

    /** Whether the mount has withdrawn. */
    public boolean isWithdrawn() {
        return reason.get() != null;
    }

    /** Passes while the mount takes part. */
    public void check() throws VfsException {
        if (isWithdrawn()) {
            throw failure();
        }
    }

    /** What every operation fails with after the withdrawal. */
    public VfsException failure() {
        return new VfsException(
                Errno.EIO, mount + ": this mount has withdrawn (" + reason.get() + "); unmount it and mount again");
    }
}
