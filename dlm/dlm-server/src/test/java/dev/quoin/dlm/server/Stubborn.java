package dev.quoin.dlm.server;

import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.ResourceName;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** Keeps a lock until somebody else wants it, then gives it up and asks for it again; so each turn is a notification that came. */
final class Stubborn {

    private final Lockspace space;
    private final ResourceName resource;
    private final AtomicInteger turns = new AtomicInteger();
    private volatile boolean stopping;

    Stubborn(Lockspace space, ResourceName resource) {
        this.space = space;
        this.resource = resource;
    }

    void start() {
        CompletableFuture<LockMode> wanted = new CompletableFuture<>();
        space.acquireAsync(resource, LockRequest.of(LockMode.EX).onBlocking(wanted::complete))
                .thenAcceptBoth(wanted, (outcome, mode) -> {
                    if (outcome instanceof LockOutcome.Granted(var held)) {
                        turns.incrementAndGet();
                        held.close();
                        if (!stopping) {
                            start();
                        }
                    }
                });
    }

    int turns() {
        return turns.get();
    }

    void stop() {
        stopping = true;
    }
}
