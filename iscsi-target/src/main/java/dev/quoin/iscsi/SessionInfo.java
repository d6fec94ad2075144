package dev.quoin.iscsi;

/**
 * A session at one moment.
 *
 * @param initiatorName the name that the initiator gave
 * @param isid the initiator's part of the session identifier, 48 bits
 * @param tsih the target's part, 1 to 65,535
 * @param peer the initiator's address and port
 * @param discovery whether it is a discovery session
 */
public record SessionInfo(String initiatorName, long isid, int tsih, String peer, boolean discovery) {}
