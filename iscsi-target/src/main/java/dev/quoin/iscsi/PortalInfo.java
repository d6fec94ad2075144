package dev.quoin.iscsi;

import java.net.InetSocketAddress;
import java.util.List;

/**
 * A portal at one moment.
 *
 * @param address what it listens on, with its real port
 * @param group the tag of its portal group
 * @param announced the addresses by which initiators reach it, if they are others
 * @param weight how many connections it is to have beside the others of its group
 * @param connections how many came in by it
 * @param draining whether it takes no more logins
 */
public record PortalInfo(
        InetSocketAddress address, int group, List<String> announced, int weight, int connections, boolean draining) {

    public PortalInfo {
        announced = List.copyOf(announced);
    }
}
