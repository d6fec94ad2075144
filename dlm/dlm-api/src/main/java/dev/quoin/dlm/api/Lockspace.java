package dev.quoin.dlm.api;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A name space of resources, as seen by one session. */
public interface Lockspace {

    /** The longest name of a lockspace, in bytes of UTF-8. */
    int NAME_LENGTH_MAX = 64;

    /** The most locks that one request asks for. */
    int WANTED_MAX = 256;

    /** The name. */
    String name();

    /** What becomes of locks when their session ends. */
    SessionEndPolicy policy();

    /** Asks for a new lock and waits for the outcome; an interrupt cancels the request. Blocking. */
    LockOutcome acquire(ResourceName resource, LockRequest request);

    /** Asks for a new lock. Cancelling the future cancels the request. */
    CompletableFuture<LockOutcome> acquireAsync(ResourceName resource, LockRequest request);

    /**
     * Takes over an orphan: a persistent lock whose session has ended. The grant has a new token.
     *
     * @return denied, with the reason, if there is no orphan on the resource in that very mode. Blocking.
     */
    LockOutcome adopt(ResourceName resource, LockMode mode);

    /** As {@link #adopt}, without blocking. */
    CompletableFuture<LockOutcome> adoptAsync(ResourceName resource, LockMode mode);

    /**
     * Asks for several new locks, all or nothing. If not all can be granted at once, they are waited for in the order of their names,
     * so that requests of this kind never deadlock among themselves. An interrupt cancels the request. Blocking.
     *
     * @param wanted 1 to {@link #WANTED_MAX}, each resource once
     * @param wait how long to wait at most; zero does not wait (all of it is then one atomic step), null waits until granted
     */
    MultiLockOutcome acquireAll(List<WantedLock> wanted, @Nullable Duration wait);

    /** As {@link #acquireAll}; cancelling the future cancels the request. */
    CompletableFuture<MultiLockOutcome> acquireAllAsync(List<WantedLock> wanted, @Nullable Duration wait);

    /**
     * Asks for several new locks and takes as many of them as can be granted without waiting, in one atomic step. Blocking.
     *
     * @param wanted 1 to {@link #WANTED_MAX}, each resource once
     * @return how each of them ended, in the order asked for: granted or denied, or the same failure for all
     */
    List<LockOutcome> acquireSome(List<WantedLock> wanted);

    /** As {@link #acquireSome}, without blocking. */
    CompletableFuture<List<LockOutcome>> acquireSomeAsync(List<WantedLock> wanted);

    /** The byte-range locks of a resource. */
    RangeLocks ranges(ResourceName resource);

    /** All locks held or waited for on resources whose names begin with these bytes, by any session, sub-locks with their parents. Linearizable; blocking. */
    List<LockInfo> locks(byte[] prefix) throws DlmException;
}
