package dev.quoin.iscsi.portal;

import dev.quoin.iscsi.scsi.TargetPort;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * A portal: an address to listen on, in a portal group (RFC 7143 4.4.1).
 *
 * @param group the tag of its group, 1 to 255
 * @param listen port 0 takes any free one
 * @param announced the addresses, {@code host:port}, by which initiators reach it, for those behind an address translation or a port
 *     forward; if there are none, the one that it listens on
 * @param weight how many connections it is to have beside the others of its group, 1 to 1,000: see {@link Balance}
 */
public record PortalConfig(int group, InetSocketAddress listen, List<String> announced, int weight) {

    /** The weight of a portal that is like the others. */
    public static final int WEIGHT = 100;

    /** The largest weight. */
    public static final int WEIGHT_MAX = 1_000;

    /** The most addresses by which initiators reach one portal. */
    public static final int ANNOUNCED_MAX = 16;

    public PortalConfig {
        TargetPort.checkGroup(group);
        announced = List.copyOf(announced);
        if (announced.size() > ANNOUNCED_MAX) {
            throw new IllegalArgumentException("portal " + listen + ": " + announced.size()
                    + " announced addresses found, at most " + ANNOUNCED_MAX + " expected");
        }
        if (weight < 1 || weight > WEIGHT_MAX) {
            throw new IllegalArgumentException(
                    "portal " + listen + ": weight " + weight + " found, 1 to " + WEIGHT_MAX + " expected");
        }
    }

    /** A portal of a group that is announced as it listens. */
    public static PortalConfig of(int group, InetSocketAddress listen) {
        return new PortalConfig(group, listen, List.of(), WEIGHT);
    }

    /** The same under other addresses. */
    public PortalConfig announcedAs(List<String> addresses) {
        return new PortalConfig(group, listen, addresses, weight);
    }
}
