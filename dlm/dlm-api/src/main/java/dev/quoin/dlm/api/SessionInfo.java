package dev.quoin.dlm.api;

import java.time.Duration;
import java.time.Instant;

/**
 * One session as an observer sees it.
 *
 * @param node the name that the client gave itself
 * @param state whether it lives, or has ended and left locks behind
 * @param lease how long it lives without being heard of
 * @param since when it was opened, by the servers' clocks: a label
 * @param locks how many locks it holds or waits for
 */
public record SessionInfo(SessionId id, String node, State state, Duration lease, Instant since, int locks) {

    /** The life of a session; a session that has ended and left nothing behind is not listed. */
    public enum State {
        ALIVE,
        /** It may still reach the storage; its locks wait for the fence. */
        ENDED_NOT_FENCED,
        /** It is cut off; locks of lockspaces that need a recovery wait for that. */
        FENCED_NOT_RECOVERED
    }
}
