package dev.quoin.dlm.api;

/**
 * One session as an observer sees it.
 *
 * @param node the name that the client gave itself
 * @param state whether it lives, or has ended and left locks that wait for its fencing
 */
public record SessionInfo(SessionId id, String node, State state) {

    /** The life of a session; a session that has ended and left nothing behind is not listed. */
    public enum State {
        ALIVE,
        ENDED_NOT_FENCED
    }
}
