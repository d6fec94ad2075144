package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.wire.Bhs;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * The pings to one initiator whose answers somebody waits for (RFC 7143 11.18, 11.19). Session's thread only.
 *
 * <p>Task management alone asks for them, so there are never more than requests of it.
 */
final class Echoes {

    /** The target transfer tag of a ping that only wants to hear something. */
    static final int ANY = 1;

    private record Awaited(long since, CompletableFuture<Void> echo) {}

    private final Map<Integer, Awaited> awaited = new LinkedHashMap<>();
    private int lastTag = ANY;

    /** A new tag, whose answer completes {@code echo}. */
    int await(CompletableFuture<Void> echo, long nowNanos) {
        do {
            lastTag++;
        } while (lastTag == Bhs.TAG_NONE || lastTag == ANY || awaited.containsKey(lastTag));
        awaited.put(lastTag, new Awaited(nowNanos, echo));
        return lastTag;
    }

    /** The answer to a tag has come; others are ignored. */
    void heard(int tag) {
        Awaited answered = awaited.remove(tag);
        if (answered != null) {
            answered.echo.complete(null);
        }
    }

    /** How long the oldest has been waited for, in nanoseconds; 0 if none is. */
    long age(long nowNanos) {
        return awaited.isEmpty() ? 0 : nowNanos - awaited.values().iterator().next().since;
    }

    /** None will come any more: nobody waits. */
    void end() {
        awaited.values().forEach(each -> each.echo.complete(null));
        awaited.clear();
    }
}
