package dev.quoin.dlm.fence;

import dev.quoin.dlm.api.SessionId;

/**
 * Cuts a node whose session has ended off from the storage, so that nothing which it still does can reach it.
 *
 * <p>Called at the leader, on a thread of its own, maybe again after a failure or by another leader: it must be right to fence
 * twice.
 */
public interface FenceAgent {

    /** For people and logs. */
    String name();

    /**
     * Fences. May block, and is interrupted when its time is over.
     *
     * @param node the name that the session's client gave itself
     * @param session the session that has ended; a newer session of that node is not meant
     */
    FenceOutcome fence(String node, SessionId session);
}
