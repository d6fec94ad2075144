package dev.quoin.dlm.client.session;

import dev.quoin.dlm.api.Registry;
import dev.quoin.dlm.proto.Change;
import dev.quoin.dlm.proto.Operation;
import dev.quoin.dlm.proto.Result;
import dev.quoin.dlm.proto.Watch;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** A watch on registry changes; it starts again by itself after a change of leader and when its listener was too slow. */
final class ClientWatch implements AutoCloseable {

    /** Changes waiting for the listener; beyond it, later ones are fetched again when these are done. */
    private static final int QUEUED_MAX = 10_000;

    private final ClientSession session;
    private final long id;
    private final String prefix;
    private final Consumer<Registry.Change> listener;
    private final Map<Long, ClientWatch> all;
    private final AtomicInteger queued = new AtomicInteger();

    /** The first revision not taken; guarded by this. */
    private long next;

    private boolean starting;
    private boolean overflowed;
    private volatile boolean closed;

    ClientWatch(
            ClientSession session,
            long id,
            String prefix,
            long from,
            Consumer<Registry.Change> listener,
            Map<Long, ClientWatch> all) {
        this.session = session;
        this.id = id;
        this.prefix = prefix;
        this.next = from;
        this.listener = listener;
        this.all = all;
    }

    long id() {
        return id;
    }

    /** Asks for the changes from the first one not taken, and for those to come. Does nothing if that is under way. */
    void start() {
        Starting pending;
        synchronized (this) {
            if (starting || overflowed || closed) {
                return;
            }
            starting = true;
            pending = new Starting(next);
        }
        session.start(pending);
    }

    private final class Starting extends Replies.Listing {
        Starting(long from) {
            super(Operation.newBuilder()
                    .setWatch(Watch.newBuilder().setWatch(id).setPrefix(prefix).setFrom(from)));
            answer.whenComplete((parts, failure) -> {
                if (parts != null) {
                    started(parts);
                }
            });
        }

        @Override
        boolean waits() {
            // It is repeated until the session ends: a watch has no caller who waits.
            return true;
        }

        @Override
        boolean isRefusable() {
            return false;
        }

        @Override
        void failed(Failure failure, String reason) {
            synchronized (ClientWatch.this) {
                starting = false;
            }
            if (failure != Failure.SESSION_LOST) {
                start();
            }
        }
    }

    private synchronized void started(List<Result> parts) {
        starting = false;
        for (Result part : parts) {
            part.getWatched().getChangesList().forEach(this::deliver);
        }
        if (!parts.isEmpty()) {
            next = Math.max(next, parts.getLast().getWatched().getNext());
        }
    }

    synchronized void onEvent(List<Change> changes) {
        if (starting || overflowed || closed) {
            return;
        }
        if (queued.get() > QUEUED_MAX) {
            overflowed = true;
            session.callbacks().execute(this::drained);
            return;
        }
        long upTo = next;
        for (Change change : changes) {
            if (change.getRevision() >= next) {
                deliver(change);
                upTo = Math.max(upTo, change.getRevision() + 1);
            }
        }
        next = upTo;
    }

    private void deliver(Change change) {
        queued.incrementAndGet();
        Registry.Change told = new Registry.Change(
                change.getKey(), change.hasValue() ? change.getValue().toByteArray() : null, change.getRevision());
        session.callbacks().execute(() -> {
            queued.decrementAndGet();
            if (!closed) {
                listener.accept(told);
            }
        });
    }

    private void drained() {
        synchronized (this) {
            overflowed = false;
        }
        start();
    }

    @Override
    public void close() {
        closed = true;
        all.remove(id);
        session.unwatch(id);
    }
}
