package dev.quoin.dlm.core;

import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.Registry;
import java.util.List;
import java.util.UUID;

/** What a command makes known to the world outside; the same on each replica. */
public sealed interface Effect {

    /** A session is open: a new one, or the one opened before with this nonce. */
    record Opened(UUID nonce, long session, long leaseMillis, long lastSequence) implements Effect {}

    /** A session could not be opened. */
    record OpenRefused(UUID nonce, DlmException.Code code, String reason) implements Effect {}

    /** A session goes on; operations up to {@code lastSequence} have been seen. */
    record Attached(long session, long lastSequence) implements Effect {}

    /** A command came for a session that does not exist or has ended, or the session has just been ended. */
    record SessionGone(long session, String reason) implements Effect {}

    /** An operation ended. */
    record Answer(long session, long sequence, Result result) implements Effect {}

    /** An operation was left aside since earlier ones are missing: all from {@code from} on must be sent again. */
    record Resend(long session, long from) implements Effect {}

    /** A held lock blocks a request for {@code wanted}; may come more than once for one grant, which the token names. */
    record Blocking(long session, long lock, long token, LockMode wanted) implements Effect {}

    /** A lock was taken from a session by an operator. */
    record LockBroken(long session, long lock) implements Effect {}

    /** An ended session holds locks until it is fenced. */
    record FenceNeeded(long session, String node) implements Effect {}

    /** A transaction was not carried out: it named a token that holds no lock any more. */
    record FencedWriteRejected() implements Effect {}

    /** A transaction changed the registry. */
    record RegistryChanged(List<Registry.Change> changes) implements Effect {}
}
