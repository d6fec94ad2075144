package dev.quoin.tools.node;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes what was opened, in reverse order, each part within a time limit: a part that hangs or fails is logged and left
 * behind, and the next one is closed.
 *
 * <p>Owned by the thread that starts and closes the node.
 */
final class ClosingStack implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ClosingStack.class);

    private record Part(String name, AutoCloseable closeable) {}

    private final Duration limit;
    private final Deque<Part> parts = new ArrayDeque<>();

    /**
     * Makes an empty stack.
     *
     * @param limit how long the closing of one part may take
     */
    ClosingStack(Duration limit) {
        this.limit = limit;
    }

    /** Adds a part, to be closed before those added earlier. */
    <T extends AutoCloseable> T add(String name, T part) {
        parts.push(new Part(name, part));
        return part;
    }

    /** Closes all parts. Blocking; idempotent. */
    @Override
    public void close() {
        while (!parts.isEmpty()) {
            close(parts.pop());
        }
    }

    private void close(Part part) {
        long started = System.nanoTime();
        Thread closer = Thread.ofPlatform().name("node-close").daemon().start(() -> {
            try {
                part.closeable().close();
            } catch (Exception failure) {
                LOG.warn("part failed to close part={}", part.name(), failure);
            }
        });
        if (join(closer)) {
            LOG.info("closed part={} millis={}", part.name(), (System.nanoTime() - started) / 1_000_000);
        } else {
            LOG.warn("part left behind, it did not close in time part={} limit={}", part.name(), limit);
        }
    }

    /** An interrupt does not make the closing shorter: half of it closed is worse than a late end. */
    private boolean join(Thread closer) {
        boolean interrupted = false;
        long deadline = System.nanoTime() + limit.toNanos();
        try {
            while (true) {
                try {
                    return closer.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
                } catch (InterruptedException again) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
