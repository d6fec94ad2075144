package dev.quoin.dlm.core;

import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.ValueBlock;
import java.util.ArrayList;
import java.util.List;
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
    final Resource resource;

    /** The lock of the same session under which this one was asked for. */
    final @Nullable LockState parent;

    /** Outlives its session as an orphan. */
    final boolean persistent;

    /** The holder; {@link Orphans} hold what a session left that has ended. */
    SessionState session;

    boolean listens;

    /** Who inside the session asked last, 0 if it takes no part in the search for deadlocks. */
    long owner;

    @Nullable LockMode granted;

    @Nullable LockMode wanted;

    /** Of the last grant; 0 before the first. */
    long token;

    /** Orders its queue: drawn from one rising counter when it joined. */
    long ticket;

    /** The sequence number of the request that waits. */
    long request;

    /** The conversion that waits has lost the mode that it came from. */
    boolean demoted;

    /** What the conversion that waits will leave as value block. */
    @Nullable ValueBlock leaves;

    /** When it was granted, or if it waits when it began to; a label. */
    long sinceMillis;

    /** Of an orphan: the node of the session that left it. */
    @Nullable String formerNode;

    @Nullable LockQueue queue;

    @Nullable LockState previous;

    @Nullable LockState next;

    /** Sub-locks, in order of their ids; null while there was none. */
    private @Nullable List<LockState> children;

    /** Whether a snapshot holds this lock, so that its end must be written too. */
    boolean persisted;

    LockState(
            long id,
            SessionState session,
            Resource resource,
            boolean listens,
            long owner,
            boolean persistent,
            @Nullable LockState parent) {
        this.id = id;
        this.session = session;
        this.resource = resource;
        this.listens = listens;
        this.owner = owner;
        this.persistent = persistent;
        this.parent = parent;
    }

    boolean hasChildren() {
        return children != null && !children.isEmpty();
    }

    List<LockState> children() {
        return children == null ? List.of() : List.copyOf(children);
    }

    void add(LockState child) {
        if (children == null) {
            children = new ArrayList<>(1);
        }
        children.add(child);
    }

    void remove(LockState child) {
        if (children != null) {
            children.remove(child);
        }
    }

    /** How many locks are above it. */
    int depth() {
        int depth = 0;
        for (LockState above = parent; above != null; above = above.parent) {
            depth++;
        }
        return depth;
    }

    boolean isOrphan() {
        return session.id == Orphans.SESSION;
    }

    String node() {
        return formerNode == null ? session.node : formerNode;
    }

    LockMode held() {
        if (granted == null) {
            throw new IllegalStateException("lock " + id + " holds nothing");
        }
        return granted;
    }

    LockMode asked() {
        if (wanted == null) {
            throw new IllegalStateException("lock " + id + " waits for nothing");
        }
        return wanted;
    }
}
