package dev.quoin.iscsi;

import dev.quoin.iscsi.connection.Directory;
import dev.quoin.iscsi.portal.Balance;
import dev.quoin.iscsi.wire.IscsiName;
import dev.quoin.iscsi.wire.TextKeys;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Which targets an initiator is told of, and by which ways it reaches them (RFC 7143 appendix C): each portal of each group that a
 * target can be reached through, with the tag of the group. A portal that is being drained is told of only if there is no other.
 */
final class SendTargets {

    private final Portals portals;
    private final boolean balanced;

    SendTargets(Portals portals, boolean balanced) {
        this.portals = portals;
        this.balanced = balanced;
    }

    /** For a discovery session: all that the initiator may use, or one of them. */
    Directory ofServer(
            String initiator,
            Supplier<? extends Iterable<IscsiTarget>> targets,
            ServerPortal here,
            InetSocketAddress local) {
        return value -> {
            List<TextKeys.Pair> pairs = new ArrayList<>();
            for (IscsiTarget target : targets.get()) {
                if ((value.equals("All") || new IscsiName(value).text().equals(target.name()))
                        && target.isVisibleTo(initiator)) {
                    pairs.addAll(describe(target, here, local));
                }
            }
            return Optional.of(pairs);
        };
    }

    /** For a normal session: its own target alone. */
    Directory ofTarget(IscsiTarget target, ServerPortal here, InetSocketAddress local) {
        return value -> {
            if (value.equals("All")) {
                return Optional.empty();
            }
            boolean own = value.isEmpty() || new IscsiName(value).text().equals(target.name());
            return Optional.of(own ? describe(target, here, local) : List.of());
        };
    }

    private List<TextKeys.Pair> describe(IscsiTarget target, ServerPortal here, InetSocketAddress local) {
        List<ServerPortal> reached = portals.all().stream()
                .filter(portal -> target.isReachedThrough(portal.group()))
                .toList();
        List<ServerPortal> open =
                reached.stream().filter(portal -> !portal.isDraining()).toList();
        Set<String> addresses = new LinkedHashSet<>();
        for (ServerPortal portal : inOrder(open.isEmpty() ? reached : open, here)) {
            for (String address : portal.reachedBy(local)) {
                addresses.add(address + "," + portal.group());
            }
        }
        List<TextKeys.Pair> pairs = new ArrayList<>();
        if (!addresses.isEmpty()) {
            pairs.add(new TextKeys.Pair("TargetName", target.name()));
            addresses.forEach(address -> pairs.add(new TextKeys.Pair("TargetAddress", address)));
        }
        return pairs;
    }

    /** The portal that was come to first, for it is known to work; where logins are balanced, those with fewer connections before it. */
    private List<ServerPortal> inOrder(List<ServerPortal> some, ServerPortal here) {
        List<ServerPortal> order = new ArrayList<>(some);
        if (order.remove(here)) {
            order.addFirst(here);
        }
        if (!balanced) {
            return order;
        }
        // Loads change at any time, and sorting needs them to stay.
        record Loaded(ServerPortal portal, Balance.Load load) {}
        return order.stream()
                .map(portal -> new Loaded(portal, portal.load()))
                .sorted((one, other) -> Balance.isBetter(one.load(), other.load())
                        ? -1
                        : Balance.isBetter(other.load(), one.load()) ? 1 : 0)
                .map(Loaded::portal)
                .toList();
    }
}
