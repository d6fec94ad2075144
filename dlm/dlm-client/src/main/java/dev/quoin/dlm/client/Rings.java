package dev.quoin.dlm.client;

import dev.quoin.dlm.client.session.ClientSession;
import dev.quoin.dlm.proto.ClientFrame;
import dev.quoin.dlm.proto.ServerFrame;
import dev.quoin.dlm.proto.SessionFrame;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The other ways to the server whose stream is in use: one stream over each of its other addresses, which carries keepalives only. They renew
 * leases when the stream in use has failed and nobody knows it yet, and one of them then takes its place. Guarded by the connection's lock.
 *
 * <p>A failure is told of only once the leader has been heard of over the stream in use: if it has died, no network is to blame.
 */
final class Rings {

    private static final Logger LOG = LoggerFactory.getLogger(Rings.class);

    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long ANSWER_NANOS_MAX = TimeUnit.SECONDS.toNanos(2);

    /** One other address. */
    private static final class Ring {
        final String address;
        final Map<ClientSession, Long> last = new HashMap<>();

        @Nullable ServerStream stream;

        boolean opening;
        boolean works;
        boolean lost;
        String untold = "";
        long retryAt;
        long askedNanos;
        boolean asked;

        Ring(String address, long now) {
            this.address = address;
            retryAt = now;
        }
    }

    private final Function<String, ServerStream> opener;
    private final Consumer<RingEvent> events;
    private final Map<String, Ring> rings = new LinkedHashMap<>();

    /**
     * No rings yet.
     *
     * @param opener makes a stream to an address, not started
     * @param events told of each event, with the lock held
     */
    Rings(Function<String, ServerStream> opener, Consumer<RingEvent> events) {
        this.opener = opener;
        this.events = events;
    }

    /** The leader is heard of at {@code inUse} and has these addresses. */
    void leaderIs(String inUse, List<String> addresses, long now) {
        for (String address : addresses) {
            if (!address.equals(inUse)) {
                rings.computeIfAbsent(address, a -> new Ring(a, now));
            }
        }
    }

    /** A keepalive was confirmed over the stream in use: what else fails is a network's fault. */
    void leaderAnswers() {
        for (Ring ring : rings.values()) {
            if (!ring.untold.isEmpty()) {
                LOG.warn("a way to the leader is lost address={} reason=\"{}\"", ring.address, ring.untold);
                events.accept(new RingEvent.RingLost(ring.address, ring.untold));
                ring.untold = "";
                ring.lost = true;
            }
        }
    }

    /**
     * Opens what is missing, sends keepalives that are due, and gives up what does not answer.
     *
     * @return what is to be started and ended without the lock
     */
    List<Runnable> tick(Collection<ClientSession> sessions, long now) {
        List<Runnable> after = new ArrayList<>();
        for (Ring ring : rings.values()) {
            ServerStream stream = ring.stream;
            if (stream == null) {
                if (now - ring.retryAt >= 0) {
                    ServerStream opened = opener.apply(ring.address);
                    ring.stream = opened;
                    ring.opening = true;
                    ring.asked = true;
                    ring.askedNanos = now;
                    ring.last.clear();
                    after.add(opened::start);
                }
            } else if (ring.asked && now - ring.askedNanos > ANSWER_NANOS_MAX && !(ring.opening && stream.isReady())) {
                after.add(stream::end);
                fail(ring, "no answer to a keepalive", now);
            } else if (stream.isReady()) {
                ring.asked &= !ring.opening;
                ring.opening = false;
                send(ring, stream, sessions, now);
            }
        }
        return after;
    }

    private static void send(Ring ring, ServerStream stream, Collection<ClientSession> sessions, long now) {
        ClientFrame.Builder frame = ClientFrame.newBuilder();
        for (ClientSession session : sessions) {
            long number = session.keepaliveBeside(ring.last.getOrDefault(session, 0L), now);
            if (number != 0) {
                ring.last.put(session, number);
                frame.addSessions(SessionFrame.newBuilder()
                        .setSession(session.session().value())
                        .setKeepalive(number));
            }
        }
        ring.last.keySet().retainAll(sessions);
        if (frame.getSessionsCount() > 0) {
            if (!ring.asked) {
                ring.asked = true;
                ring.askedNanos = now;
            }
            stream.send(frame.build());
        }
    }

    /** Takes a frame that came over one of them; says whether it did. */
    boolean take(ServerStream from, ServerFrame frame, Map<Long, ClientSession> sessions, long now) {
        Ring ring = ringOf(from);
        if (ring == null) {
            return false;
        }
        if (frame.hasRedirect()) {
            fail(ring, "the server at this address does not lead", now);
            return true;
        }
        frame.getSessionsList().forEach(report -> {
            ClientSession session = sessions.get(report.getSession());
            if (session != null && report.getKeepalive() != 0) {
                session.confirmedBeside(report.getKeepalive());
                ring.asked = false;
                ring.works = true;
                ring.untold = "";
                if (ring.lost) {
                    ring.lost = false;
                    LOG.info("a way to the leader works again address={}", ring.address);
                    events.accept(new RingEvent.RingRegained(ring.address));
                }
            }
        });
        return true;
    }

    /** One of them, or none, has ended. */
    void drop(ServerStream gone, String why, long now) {
        Ring ring = ringOf(gone);
        if (ring != null) {
            fail(ring, why, now);
        }
    }

    private @Nullable Ring ringOf(ServerStream stream) {
        for (Ring ring : rings.values()) {
            if (stream.equals(ring.stream)) {
                return ring;
            }
        }
        return null;
    }

    private static void fail(Ring ring, String why, long now) {
        ring.stream = null;
        ring.works = false;
        ring.asked = false;
        ring.retryAt = now + RETRY_NANOS;
        if (!ring.lost) {
            ring.untold = why;
        }
    }

    /** One that works takes the place of the stream in use, which has failed; null if none works. */
    @Nullable ServerStream promote(String failed, String why, long now) {
        // The oldest: sessions pass over what comes by a stream older than one that has failed.
        Ring best = rings.values().stream()
                .filter(ring -> ring.works && ring.stream != null)
                .min(Comparator.comparingLong(ring -> ring.stream == null ? Long.MAX_VALUE : ring.stream.number()))
                .orElse(null);
        if (best == null) {
            return null;
        }
        rings.remove(best.address);
        Ring gone = new Ring(failed, now);
        fail(gone, why, now);
        rings.put(failed, gone);
        return best.stream;
    }

    /** The leader is another one now; what is returned is to be ended without the lock. */
    List<Runnable> clear() {
        List<Runnable> after = new ArrayList<>();
        for (Ring ring : rings.values()) {
            ServerStream stream = ring.stream;
            if (stream != null) {
                after.add(stream::end);
            }
        }
        rings.clear();
        return after;
    }
}
