package dev.quoin.iscsi.initiator;

import dev.quoin.iscsi.chap.ChapLogin;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How an initiator behaves.
 *
 * @param initiatorName the name to log in with
 * @param queueDepth how many commands may be at the target at once, 1 to 1,024
 * @param connectTimeout how long one attempt to connect and log in may take
 * @param requestTimeout how long a target may leave a command unanswered before the connection is given up
 * @param recoveryTimeout how long to try to get back to a target before the device is gone for good
 * @param chap what to prove itself with, and whom to expect; null for a login without a proof
 */
public record InitiatorConfig(
        String initiatorName,
        int queueDepth,
        Duration connectTimeout,
        Duration requestTimeout,
        Duration recoveryTimeout,
        @Nullable ChapLogin chap) {

    /** The name of initiators that were given none. */
    public static final String DEFAULT_NAME = "iqn.2026-11.dev.quoin:initiator";

    private static final int QUEUE_DEPTH_MAX = 1024;

    public InitiatorConfig {
        if (queueDepth < 1 || queueDepth > QUEUE_DEPTH_MAX) {
            throw new IllegalArgumentException(
                    "queue depth " + queueDepth + " found, 1 to " + QUEUE_DEPTH_MAX + " expected");
        }
    }

    /** The defaults with this name. */
    public static InitiatorConfig of(String initiatorName) {
        return new InitiatorConfig(
                initiatorName, 128, Duration.ofSeconds(10), Duration.ofSeconds(30), Duration.ofSeconds(30), null);
    }

    /** The same with other timeouts. */
    public InitiatorConfig withTimeouts(Duration connect, Duration request, Duration recovery) {
        return new InitiatorConfig(initiatorName, queueDepth, connect, request, recovery, chap);
    }

    /** The same with another queue depth. */
    public InitiatorConfig withQueueDepth(int depth) {
        return new InitiatorConfig(initiatorName, depth, connectTimeout, requestTimeout, recoveryTimeout, chap);
    }

    /** The same with a proof of who it is; it then logs in only to targets that take CHAP. */
    public InitiatorConfig withChap(ChapLogin login) {
        return new InitiatorConfig(initiatorName, queueDepth, connectTimeout, requestTimeout, recoveryTimeout, login);
    }
}
