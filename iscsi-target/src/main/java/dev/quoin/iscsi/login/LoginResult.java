package dev.quoin.iscsi.login;

/**
 * Who logged in and how.
 *
 * @param targetName empty for a discovery session
 * @param portalGroup the group of the portal that it came in by
 * @param isid the initiator's part of the session identifier, 48 bits
 * @param tsih the session that the connection asks to join, 0 for a new one
 * @param firstCmdSn the number of the first command to come
 * @param statSn the number of the next response to send
 */
public record LoginResult(
        String initiatorName,
        String targetName,
        int portalGroup,
        boolean discovery,
        long isid,
        int tsih,
        int connectionId,
        int firstCmdSn,
        int statSn,
        SessionParameters parameters) {}
