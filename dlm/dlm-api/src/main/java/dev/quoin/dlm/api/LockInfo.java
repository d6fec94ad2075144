package dev.quoin.dlm.api;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One lock as an observer sees it.
 *
 * @param id names the lock, and no other one ever
 * @param lockspace its lockspace
 * @param parents the resources of its parent locks, from the root; empty for a root lock
 * @param resource the resource, inside the last of its parents
 * @param session the holder's session; null for an orphan
 * @param node the name of the holder's node, of an orphan the last one's
 * @param owner who inside the session asked for it
 * @param granted the mode held, null if only waited for
 * @param wanted the mode waited for, null if none
 * @param token the token of the grant, null if only waited for
 * @param since when it was granted, or if it waits when it began to; a label by the servers' clocks
 * @param state what is to be known besides
 */
public record LockInfo(
        long id,
        String lockspace,
        List<ResourceName> parents,
        ResourceName resource,
        @Nullable SessionId session,
        String node,
        LockOwner owner,
        @Nullable LockMode granted,
        @Nullable LockMode wanted,
        @Nullable FencingToken token,
        Instant since,
        State state) {

    /** The life of the holder. */
    public enum State {
        /** The session lives. */
        ALIVE,
        /** The session has ended, and the lock waits for its fencing or its recovery. */
        SESSION_ENDED,
        /** A persistent lock whose session has ended; it waits to be adopted. */
        ORPHAN
    }

    public LockInfo {
        parents = List.copyOf(parents);
    }

    /** Lockspace, parents and resource as one path, for people. */
    public String path() {
        StringBuilder path = new StringBuilder(lockspace);
        parents.forEach(parent -> path.append('/').append(parent));
        return path.append('/').append(resource).toString();
    }

    /** For people: who, what, how. */
    public String describe() {
        return node + (session == null ? " (orphan)" : " (session " + session + ")")
                + (granted == null ? "" : " holds " + granted)
                + (granted != null && wanted != null ? " and" : "")
                + (wanted == null ? "" : " waits for " + wanted)
                + " on " + path();
    }
}
