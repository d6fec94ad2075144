package dev.quoin.dlm.api;

import java.time.Duration;
import java.util.List;

/**
 * One session at the lock manager: what a node or an application opens once and keeps.
 *
 * <p>The session lives on a lease that the client renews by itself. It follows the leader, repeats what was not answered and
 * gets each request done at most once. If the lease cannot be renewed, the client knows by its own monotonic clock before the
 * servers give anything away: {@link #onLost} runs, {@link #isValidFor} is false, and every later request ends in
 * {@link LockOutcome.SessionLost}.
 *
 * <p>Any thread may use it.
 */
public interface LockClient extends AutoCloseable {

    /** This session. */
    SessionId session();

    /** The name this client gave itself, such as the node's. */
    String node();

    /**
     * A lockspace, made at its first use.
     *
     * @throws DlmException with {@link DlmException.Code#INVALID_REQUEST} if it exists with another policy. Blocking.
     */
    Lockspace lockspace(String name, SessionEndPolicy policy) throws DlmException;

    /** The registry of the same lock manager. */
    Registry registry();

    /** Whether the session will surely live for {@code time} more, by this machine's monotonic clock. */
    boolean isValidFor(Duration time);

    /** Runs {@code listener} once when the session is lost, at once if it already is. Not run by {@link #close()}. */
    void onLost(Runnable listener);

    /** All sessions. Linearizable; blocking. */
    List<SessionInfo> sessions() throws DlmException;

    /**
     * Records that an ended session can do no more harm: its storage access was cut off and what it left half done is mended.
     * Its remaining locks are then released. A session that does not exist (any more) counts as fenced. Durable on a majority when it returns; blocking; idempotent.
     *
     * @throws DlmException with {@link DlmException.Code#INVALID_REQUEST} if the session is alive
     */
    void declareFenced(SessionId ended) throws DlmException;

    /** Ends the session and releases all that it holds, whatever the policy. Waits a short time for the answer. Idempotent. */
    @Override
    void close();
}
