package dev.quoin.dlm.api;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A lock that was granted, for as long as the session lives and until it is released.
 *
 * <p>It is not a {@link java.util.concurrent.locks.Lock}: that contract cannot say that a lock was lost.
 *
 * <p>Any thread may use it. One conversion can be under way at a time; a second one fails with
 * {@link IllegalStateException}.
 */
public interface Held extends AutoCloseable {

    /** Names this lock to observers, and no other one ever. */
    long id();

    /** The lockspace. */
    String lockspace();

    /** The resource. */
    ResourceName resource();

    /** The mode now granted. */
    LockMode mode();

    /**
     * The token of the grant of {@link #mode()}, to be sent with each write that the lock is to guard. Each conversion that is
     * granted brings a new one, a conversion down as well.
     */
    FencingToken token();

    /** The value block as it was at the last grant. */
    ValueBlock value();

    /** Whether the last conversion lost the mode it came from on its way, so that what that mode guarded is stale (SBF_DEMOTED). */
    boolean wasDemoted();

    /**
     * Runs {@code listener} once, on a client thread, when the lock is lost: with its session, or broken by an operator. At once if it
     * already is. Not run for a release.
     */
    void onLost(Runnable listener);

    /**
     * Whether the lock will surely be held for {@code time} more, by this machine's monotonic clock. False once released, broken or lost.
     */
    boolean isValidFor(Duration time);

    /** Asks for another mode and waits for the outcome; a grant gives this same object. Blocking. */
    LockOutcome convert(LockRequest request);

    /** Asks for another mode. */
    CompletableFuture<LockOutcome> convertAsync(LockRequest request);

    /**
     * Gives the lock up; a conversion under way is cancelled. The future completes when the release is applied on a majority, or
     * with a {@link DlmException} if that is not known; nobody has to wait for it.
     *
     * <p>A lock with sub-locks is not released: the future fails with {@link DlmException.Code#INVALID_REQUEST}, and it stays held.
     *
     * @param value the value block to leave, if held in PW or EX; null leaves it as it is
     */
    CompletableFuture<Void> releaseAsync(@Nullable ValueBlock value);

    /** As {@link #releaseAsync}, with all sub-locks of this session first, whatever is under way on them (LCK$M_DEQALL). */
    CompletableFuture<Void> releaseAllAsync(@Nullable ValueBlock value);

    /** Gives the lock up, with all its sub-locks, without waiting for the answer. Idempotent. */
    @Override
    void close();
}
