package dev.quoin.iscsi.connection;

import java.time.Duration;

/**
 * The limits of each connection in the full feature phase.
 *
 * @param writeDeadline how long an initiator may take no byte while there are some for it
 * @param pingAfter how long an initiator may be silent before it is pinged
 * @param pingDeadline how long it may leave a ping unanswered
 * @param bufferBytesMax what the commands under way may hold in buffers
 * @param stopDeadline how long commands may take to end when the target stops
 */
public record ConnectionLimits(
        Duration writeDeadline, Duration pingAfter, Duration pingDeadline, long bufferBytesMax, Duration stopDeadline) {

    /** What suits local networks. */
    public static final ConnectionLimits DEFAULT = new ConnectionLimits(
            Duration.ofSeconds(30), Duration.ofSeconds(30), Duration.ofSeconds(15), 64 << 20, Duration.ofSeconds(5));
}
