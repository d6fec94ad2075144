package dev.quoin.dlm.api;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A held lock that passes everything on to another; to be extended where something is to be otherwise. */
public abstract class ForwardingHeld implements Held {

    private final Held real;

    /** Passes everything on to {@code real}. */
    protected ForwardingHeld(Held real) {
        this.real = real;
    }

    @Override
    public long id() {
        return real.id();
    }

    @Override
    public String lockspace() {
        return real.lockspace();
    }

    @Override
    public ResourceName resource() {
        return real.resource();
    }

    @Override
    public LockMode mode() {
        return real.mode();
    }

    @Override
    public FencingToken token() {
        return real.token();
    }

    @Override
    public ValueBlock value() {
        return real.value();
    }

    @Override
    public boolean wasDemoted() {
        return real.wasDemoted();
    }

    @Override
    public void onLost(Runnable listener) {
        real.onLost(listener);
    }

    @Override
    public boolean isValidFor(Duration time) {
        return real.isValidFor(time);
    }

    @Override
    public LockOutcome convert(LockRequest request) {
        return real.convert(request);
    }

    @Override
    public CompletableFuture<LockOutcome> convertAsync(LockRequest request) {
        return real.convertAsync(request);
    }

    @Override
    public CompletableFuture<Void> releaseAsync(@Nullable ValueBlock value) {
        return real.releaseAsync(value);
    }

    @Override
    public CompletableFuture<Void> releaseAllAsync(@Nullable ValueBlock value) {
        return real.releaseAllAsync(value);
    }

    @Override
    public void close() {
        real.close();
    }
}
