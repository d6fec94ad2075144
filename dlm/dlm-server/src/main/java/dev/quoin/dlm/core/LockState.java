package dev.quoin.dlm.core;

import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.ValueBlock;
import org.jspecify.annotations.Nullable;

/**
 * One lock from its request to its release. It is in exactly one queue of its resource:
 *
 * <pre>
 * queue       granted  wanted   request
 * granted     a mode   null     0
 * converting  a mode   a mode   sequence of the conversion
 * waiting     null     a mode   sequence of the request
 * </pre>
 */
final class LockState {

    final long id;
    final SessionState session;
    final Resource resource;
    final boolean listens;

    @Nullable LockMode granted;

    @Nullable LockMode wanted;

    /** Of the last grant; 0 before the first. */
    long token;

    /** Orders its queue: drawn from one rising counter when it joined. */
    long ticket;

    /** The sequence number of the request that waits. */
    long request;

    /** What the conversion that waits will leave as value block. */
    @Nullable ValueBlock leaves;

    @Nullable LockQueue queue;

    @Nullable LockState previous;

    @Nullable LockState next;

    /** Whether a snapshot holds this lock, so that its end must be written too. */
    boolean persisted;

    LockState(long id, SessionState session, Resource resource, boolean listens) {
        this.id = id;
        this.session = session;
        this.resource = resource;
        this.listens = listens;
    }

    /** For people: who, what, how. */
    String describe() {
        return session.node + " (session " + session.id + ")"
                + (granted == null ? "" : " holds " + granted)
                + (granted != null && wanted != null ? " and" : "")
                + (wanted == null ? "" : " waits for " + wanted)
                + " on " + resource.space.name + "/" + resource.name;
    }
}
