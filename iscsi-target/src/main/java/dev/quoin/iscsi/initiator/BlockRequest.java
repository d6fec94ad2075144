package dev.quoin.iscsi.initiator;

import dev.quoin.device.DeviceException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One request of a caller, which may be several commands. It ends when all of them have, because until then the target may still
 * use the caller's buffer.
 */
final class BlockRequest implements Command.Completion {

    private final CompletableFuture<Void> future = new CompletableFuture<>();
    private final AtomicInteger left;
    private final AtomicReference<@Nullable DeviceException> failure = new AtomicReference<>();
    private final Runnable succeeded;
    private final Runnable ended;

    /**
     * A request of some commands.
     *
     * @param commands how many, at least 1
     * @param succeeded run before the future completes, if all ended well
     * @param ended run before the future completes, in any case
     */
    BlockRequest(int commands, Runnable succeeded, Runnable ended) {
        this.left = new AtomicInteger(commands);
        this.succeeded = succeeded;
        this.ended = ended;
    }

    CompletableFuture<Void> future() {
        return future;
    }

    @Override
    public void done(Command command) {
        end();
    }

    @Override
    public void failed(Command command, DeviceException why) {
        failed(why);
    }

    /** One command, or the whole of a request without any, has ended well. */
    void done() {
        end();
    }

    /** One command cannot be done. */
    void failed(DeviceException why) {
        failure.compareAndSet(null, why);
        end();
    }

    private void end() {
        if (left.decrementAndGet() > 0) {
            return;
        }
        DeviceException why = failure.get();
        if (why == null) {
            succeeded.run();
        }
        ended.run();
        if (why == null) {
            future.complete(null);
        } else {
            future.completeExceptionally(why);
        }
    }
}
