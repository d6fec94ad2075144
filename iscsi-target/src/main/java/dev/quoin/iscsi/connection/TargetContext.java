package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.session.Sessions;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Supplier;

/**
 * What the connections of a target share.
 *
 * @param targetName the iSCSI name of the target
 * @param portalGroup the number of its portal group
 * @param announced the addresses that discovery tells of; if there are none, those of the portals
 * @param portals the addresses that the target listens on
 */
public record TargetContext(
        String targetName,
        int portalGroup,
        List<String> announced,
        Supplier<List<InetSocketAddress>> portals,
        Sessions sessions,
        BufferPool pool,
        ConnectionLimits limits) {}
