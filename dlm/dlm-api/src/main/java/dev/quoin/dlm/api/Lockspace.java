package dev.quoin.dlm.api;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A name space of resources, as seen by one session. */
public interface Lockspace {

    /** The longest name of a lockspace, in bytes of UTF-8. */
    int NAME_LENGTH_MAX = 64;

    /** The name. */
    String name();

    /** What becomes of locks when their session ends. */
    SessionEndPolicy policy();

    /** Asks for a new lock and waits for the outcome; an interrupt cancels the request. Blocking. */
    LockOutcome acquire(ResourceName resource, LockRequest request);

    /** Asks for a new lock. Cancelling the future cancels the request. */
    CompletableFuture<LockOutcome> acquireAsync(ResourceName resource, LockRequest request);

    /** All locks held or waited for on resources whose names begin with these bytes, by any session. Linearizable; blocking. */
    List<LockInfo> locks(byte[] prefix) throws DlmException;
}
