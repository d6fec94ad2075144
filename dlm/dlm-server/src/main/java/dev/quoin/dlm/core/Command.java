package dev.quoin.dlm.core;

import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What can be done to the state, one at a time, in the order of the log. */
public sealed interface Command {

    /**
     * Opens a session. Done again with the nonce of a living session, it answers with that session.
     *
     * @param nonce drawn at random by the client, once for each session
     * @param node the name that the client gives itself
     * @param supersede whether sessions that this name has opened before end now, as if their leases had run out
     * @param leaseMillis how long the session lives without a renewal
     */
    record OpenSession(UUID nonce, String node, boolean supersede, long leaseMillis) implements Command {}

    /** Ends a session whose lease has run out; does nothing if it has ended. Session ids are never used twice. */
    record ExpireSession(long session) implements Command {}

    /** Ends a deadlock: if a cycle still goes through this request, the one of its requests that began to wait last is refused. */
    record BreakDeadlock(long lock, long ticket) implements Command {}

    /** Records that a fence agent has cut off an ended session; as {@link Operation.DeclareFenced}. */
    record Fenced(long session) implements Command {}

    /**
     * A session goes on over a new connection: answers with what is known of it and tells again of all that it blocks. Changes
     * nothing.
     */
    record Attach(long session) implements Command {}

    /**
     * Forgets results that the client has received.
     *
     * @param through all results up to this sequence number
     * @param selected and these
     */
    record Acknowledge(long session, long through, long[] selected) implements Command {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Acknowledge that
                    && session == that.session
                    && through == that.through
                    && Arrays.equals(selected, that.selected);
        }

        @Override
        public int hashCode() {
            return Long.hashCode(session * 31 + through) * 31 + Arrays.hashCode(selected);
        }

        @Override
        public String toString() {
            return "Acknowledge[" + session + ", " + through + ", " + Arrays.toString(selected) + "]";
        }
    }

    /**
     * Does what a session asks for, at most once.
     *
     * @param sequence counts the session's operations from 1 without a gap
     */
    record Perform(long session, long sequence, Operation operation) implements Command {}
}
