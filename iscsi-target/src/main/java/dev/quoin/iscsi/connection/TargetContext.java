package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.session.Sessions;
import dev.quoin.iscsi.session.Units;
import java.util.function.Supplier;

/**
 * What the connections of a target share.
 *
 * @param targetName the iSCSI name of the target
 * @param portalGroup the number of its portal group
 * @param units the logical units at this moment
 */
public record TargetContext(
        String targetName,
        int portalGroup,
        Supplier<Units> units,
        Sessions sessions,
        BufferPool pool,
        ConnectionLimits limits) {}
