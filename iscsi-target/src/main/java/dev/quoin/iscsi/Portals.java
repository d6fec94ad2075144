package dev.quoin.iscsi;

import dev.quoin.iscsi.portal.Balance;
import dev.quoin.iscsi.portal.Portal;
import dev.quoin.iscsi.portal.PortalConfig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** The portals of a server. Changed one at a time; who only looks waits for nobody. */
final class Portals {

    /** Opens the listening part of a portal. */
    @FunctionalInterface
    interface Opener {
        Portal open(ServerPortal portal) throws IOException;
    }

    private final List<ServerPortal> all = new CopyOnWriteArrayList<>();

    /** Opens a portal; see {@link IscsiServer#addPortal}. */
    synchronized ServerPortal open(PortalConfig config, Opener opener) throws IOException {
        if (all.size() >= IscsiServerConfig.PORTALS_MAX) {
            throw new IllegalArgumentException("portal " + config.listen() + ": " + all.size()
                    + " portals found already, at most " + IscsiServerConfig.PORTALS_MAX + " expected: remove one");
        }
        ServerPortal portal = new ServerPortal(config);
        portal.listens(opener.open(portal));
        all.add(portal);
        return portal;
    }

    /** Closes a portal's listening part; null if there is none of the address. */
    @Nullable ServerPortal remove(InetSocketAddress address) {
        ServerPortal portal = find(address);
        if (portal != null && all.remove(portal)) {
            portal.stopListening();
            return portal;
        }
        return null;
    }

    List<ServerPortal> all() {
        return all;
    }

    List<ServerPortal> ofGroup(int tag) {
        return all.stream().filter(portal -> portal.group() == tag).toList();
    }

    List<Integer> groups() {
        return all.stream().map(ServerPortal::group).distinct().sorted().toList();
    }

    @Nullable ServerPortal find(InetSocketAddress address) {
        for (ServerPortal portal : all) {
            if (portal.address().equals(address)) {
                return portal;
            }
        }
        return null;
    }

    /** The portal of the same group that takes a login; null if none does. */
    @Nullable ServerPortal taking(ServerPortal here, boolean balanced) {
        List<ServerPortal> group = ofGroup(here.group());
        int place = group.indexOf(here);
        if (place < 0) {
            return here; // It is being opened, or closed.
        }
        int best = Balance.choose(group.stream().map(ServerPortal::load).toList(), place, balanced);
        return best == Balance.NONE ? null : group.get(best);
    }

    synchronized void close() {
        all.forEach(ServerPortal::stopListening);
    }
}
