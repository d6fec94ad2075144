package dev.quoin.iscsi;

import dev.quoin.iscsi.portal.Address;
import dev.quoin.iscsi.portal.Balance;
import dev.quoin.iscsi.portal.Portal;
import dev.quoin.iscsi.portal.PortalConfig;
import dev.quoin.iscsi.session.Session;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** An open portal and the connections that came in by it. May be used by any thread; one lock guards it. */
final class ServerPortal {

    private final PortalConfig config;
    private final Set<Place> connections = new HashSet<>();
    private @Nullable Portal listening;
    private boolean draining;
    private CompletableFuture<Void> empty = CompletableFuture.completedFuture(null);

    ServerPortal(PortalConfig config) {
        this.config = config;
    }

    /** From now on it listens. */
    synchronized void listens(Portal portal) {
        listening = portal;
    }

    PortalConfig config() {
        return config;
    }

    int group() {
        return config.group();
    }

    /** What it listens on, with its real port. */
    synchronized InetSocketAddress address() {
        return listening == null ? config.listen() : listening.address();
    }

    synchronized boolean isDraining() {
        return draining;
    }

    synchronized Balance.Load load() {
        return new Balance.Load(connections.size(), config.weight(), draining);
    }

    synchronized PortalInfo info() {
        return new PortalInfo(
                address(), config.group(), config.announced(), config.weight(), connections.size(), draining);
    }

    /**
     * The addresses by which initiators reach it.
     *
     * @param local the address that somebody came to, maybe at another portal: of one that listens on all addresses of the machine only
     *     this one is known to work
     */
    List<String> reachedBy(InetSocketAddress local) {
        if (!config.announced().isEmpty()) {
            return config.announced();
        }
        InetSocketAddress address = address();
        if (!address.getAddress().isAnyLocalAddress()) {
            return List.of(Address.of(address));
        }
        boolean sameFamily =
                address.getAddress().getClass().equals(local.getAddress().getClass());
        return sameFamily || address.getPort() == local.getPort()
                ? List.of(Address.of(new InetSocketAddress(local.getAddress(), address.getPort())))
                : List.of();
    }

    /** The address that a connection came to; that of the portal if it is gone already. */
    InetSocketAddress localOf(SocketChannel channel) {
        try {
            return channel.getLocalAddress() instanceof InetSocketAddress local ? local : address();
        } catch (IOException gone) {
            return address();
        }
    }

    /** A connection of a session that came in here. */
    private final class Place implements Session.Place {
        private final Session session;
        private final Runnable atEnd;

        Place(Session session, Runnable atEnd) {
            this.session = session;
            this.atEnd = atEnd;
        }

        @Override
        public void left() {
            CompletableFuture<Void> now = null;
            synchronized (ServerPortal.this) {
                if (!connections.remove(this)) {
                    return;
                }
                if (connections.isEmpty()) {
                    now = empty;
                }
            }
            atEnd.run();
            if (now != null) {
                now.complete(null);
            }
        }
    }

    /**
     * Counts a connection in.
     *
     * @param atEnd run when it is counted out
     * @return null if none is taken any more
     */
    synchronized Session.@Nullable Place enter(Session session, Runnable atEnd) {
        if (draining) {
            return null;
        }
        if (connections.isEmpty()) {
            empty = new CompletableFuture<>();
        }
        Place place = new Place(session, atEnd);
        connections.add(place);
        return place;
    }

    /** See {@link IscsiServer#drainPortal}. */
    CompletableFuture<Void> drain(int seconds) {
        List<Place> its;
        CompletableFuture<Void> gone;
        synchronized (this) {
            draining = true;
            its = List.copyOf(connections);
            gone = empty;
        }
        its.forEach(place -> place.session.askToLogOut(seconds, place));
        return gone;
    }

    synchronized void resume() {
        draining = false;
    }

    /** Listens no more. Waits for the portal's thread, a few seconds at most. Idempotent. */
    void stopListening() {
        Portal portal;
        synchronized (this) {
            draining = true;
            portal = listening;
        }
        if (portal != null) {
            portal.close();
        }
    }

    /** Breaks off what came in by it. */
    CompletableFuture<Void> endConnections(String why) {
        List<Place> its;
        CompletableFuture<Void> gone;
        synchronized (this) {
            its = List.copyOf(connections);
            gone = empty;
        }
        its.forEach(place -> place.session.terminate(why));
        return gone;
    }
}
