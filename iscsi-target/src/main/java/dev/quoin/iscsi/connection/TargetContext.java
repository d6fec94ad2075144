package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.scsi.TargetPort;
import dev.quoin.iscsi.session.Session;
import dev.quoin.iscsi.session.Sessions;
import java.util.List;
import java.util.function.Supplier;

/**
 * What a connection finds around it.
 *
 * @param port the target port that it came through; of a discovery session it has no name
 * @param ports all ports of the target at this moment
 * @param directory what SendTargets is answered with
 * @param sessions those of the target, or the discovery sessions of the server
 * @param everybody the sessions of all targets of the server: what one of them does to a unit concerns all that see the unit
 */
public record TargetContext(
        TargetPort port,
        Supplier<List<TargetPort>> ports,
        Directory directory,
        Sessions sessions,
        Supplier<List<Session>> everybody,
        BufferPool pool,
        ConnectionLimits limits) {}
