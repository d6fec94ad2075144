package dev.quoin.dlm.raft.socket;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends connections on which something takes too long. Any thread may use it. */
final class Watch implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Watch.class);
    private static final long LOOK_MILLIS = 100;

    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private final Set<CallLink> calls = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService timer;
    private volatile boolean closed;

    Watch(String self) {
        timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("dlm-raft-watch-" + self).daemon().factory());
        timer.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Watches a link until it is closed. */
    void add(Link link) {
        links.add(link);
        if (closed) {
            link.close();
        }
    }

    /** Watches a link's calls until it is closed. */
    void add(CallLink link) {
        calls.add(link);
        if (closed) {
            link.close();
        }
    }

    private void look() {
        long now = System.nanoTime();
        links.removeIf(link -> !link.isOpen());
        calls.removeIf(link -> !link.isOpen());
        for (Link link : links) {
            if (link.isLate(now)) {
                LOG.debug("connection ended, the other end takes too long address={}", link.remote());
                link.close();
            }
        }
        for (CallLink link : calls) {
            if (link.isLate(now)) {
                LOG.info("connection ended, no answer came in time peer={}", link.peer());
                link.close();
            }
        }
    }

    /** Ends all links. Does not block. */
    @Override
    public void close() {
        closed = true;
        timer.shutdownNow();
        links.forEach(Link::close);
        calls.forEach(CallLink::close);
    }
}
