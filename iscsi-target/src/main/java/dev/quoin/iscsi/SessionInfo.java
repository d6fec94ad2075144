package dev.quoin.iscsi;

import dev.quoin.iscsi.session.Session;

/**
 * A session at one moment.
 *
 * @param initiatorName the name that the initiator gave
 * @param targetName the name that it asked for; empty for a discovery session
 * @param portalGroup the group of the portal that it came in by
 * @param isid the initiator's part of the session identifier, 48 bits
 * @param tsih the target's part, 1 to 65,535
 * @param peer the initiator's address and port
 * @param discovery whether it is a discovery session
 */
public record SessionInfo(
        String initiatorName, String targetName, int portalGroup, long isid, int tsih, String peer, boolean discovery) {

    static SessionInfo of(Session session) {
        return new SessionInfo(
                session.login().initiatorName(),
                session.login().targetName(),
                session.login().portalGroup(),
                session.login().isid(),
                session.tsih(),
                session.peer(),
                session.login().discovery());
    }
}
