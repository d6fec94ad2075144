package dev.quoin.dlm.api;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A lockspace that passes everything on to another; to be extended where something is to be otherwise. */
public abstract class ForwardingLockspace implements Lockspace {

    private final Lockspace real;

    /** Passes everything on to {@code real}. */
    protected ForwardingLockspace(Lockspace real) {
        this.real = real;
    }

    @Override
    public String name() {
        return real.name();
    }

    @Override
    public SessionEndPolicy policy() {
        return real.policy();
    }

    @Override
    public LockOutcome acquire(ResourceName resource, LockRequest request) {
        return real.acquire(resource, request);
    }

    @Override
    public CompletableFuture<LockOutcome> acquireAsync(ResourceName resource, LockRequest request) {
        return real.acquireAsync(resource, request);
    }

    @Override
    public LockOutcome adopt(ResourceName resource, LockMode mode) {
        return real.adopt(resource, mode);
    }

    @Override
    public CompletableFuture<LockOutcome> adoptAsync(ResourceName resource, LockMode mode) {
        return real.adoptAsync(resource, mode);
    }

    @Override
    public MultiLockOutcome acquireAll(List<WantedLock> wanted, @Nullable Duration wait) {
        return real.acquireAll(wanted, wait);
    }

    @Override
    public CompletableFuture<MultiLockOutcome> acquireAllAsync(List<WantedLock> wanted, @Nullable Duration wait) {
        return real.acquireAllAsync(wanted, wait);
    }

    @Override
    public List<LockOutcome> acquireSome(List<WantedLock> wanted) {
        return real.acquireSome(wanted);
    }

    @Override
    public CompletableFuture<List<LockOutcome>> acquireSomeAsync(List<WantedLock> wanted) {
        return real.acquireSomeAsync(wanted);
    }

    @Override
    public RangeLocks ranges(ResourceName resource) {
        return real.ranges(resource);
    }

    @Override
    public List<LockInfo> locks(byte[] prefix) throws DlmException {
        return real.locks(prefix);
    }
}
