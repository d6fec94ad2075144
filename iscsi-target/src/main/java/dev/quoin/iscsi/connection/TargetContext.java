package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.session.Sessions;
import java.util.List;

/**
 * What the connections of a target share.
 *
 * @param targetName the iSCSI name of the target
 * @param portalGroup the number of its portal group
 * @param announced the addresses that discovery tells of; if there are none, the one that the initiator came to
 */
public record TargetContext(
        String targetName,
        int portalGroup,
        List<String> announced,
        Sessions sessions,
        BufferPool pool,
        ConnectionLimits limits) {}
