package dev.quoin.dlm.api;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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

    /** The lockspaces with their policies, by name. Linearizable; blocking. */
    Map<String, SessionEndPolicy> lockspaces() throws DlmException;

    /** Every edge of the graph of who waits for whom, of one lockspace, or of all if {@code lockspace} is null. Linearizable; blocking. */
    List<LockWait> waits(@Nullable String lockspace) throws DlmException;

    /** The cycles in that graph that stand now, each in the form of {@link LockOutcome.Deadlock}. Linearizable; blocking. */
    List<List<LockWait>> deadlocks() throws DlmException;

    /**
     * Takes a lock away from whoever holds it, with its sub-locks. The value block becomes invalid if it was held in PW or EX, the holder
     * is told ({@link Held#onLost}), and its token is worth nothing in registry transactions from then on. Durable on a majority when it
     * returns; blocking.
     *
     * @param token of the grant that is meant
     * @throws DlmException with {@link DlmException.Code#NOT_FOUND} if the lock is not held with that token (any more)
     */
    void breakLock(long lock, FencingToken token) throws DlmException;

    /**
     * Records that an ended session is cut off from the storage. Its locks in lockspaces that {@link SessionEndPolicy#HOLD_UNTIL_FENCED} are then
     * released. A session that does not exist (any more) counts as fenced. Durable on a majority when it returns; blocking; idempotent.
     *
     * @throws DlmException with {@link DlmException.Code#INVALID_REQUEST} if the session is alive
     */
    void declareFenced(SessionId ended) throws DlmException;

    /**
     * Records that what a fenced session left half done under the locks of one lockspace is mended. Its locks there are then released.
     * A session that does not exist (any more) counts as recovered. Durable on a majority when it returns; blocking; idempotent.
     *
     * @throws DlmException with {@link DlmException.Code#INVALID_REQUEST} if the session is not fenced
     */
    void declareRecovered(SessionId ended, String lockspace) throws DlmException;

    /** Ends the session and releases all that it holds, whatever the policy. Waits a short time for the answer. Idempotent. */
    @Override
    void close();
}
