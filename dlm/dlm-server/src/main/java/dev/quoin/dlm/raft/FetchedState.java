package dev.quoin.dlm.raft;

import org.apache.ratis.server.protocol.TermIndex;
import org.jspecify.annotations.Nullable;

/** What a leader knows of the state that a follower has fetched. */
public final class FetchedState {

    private FetchedState() {}

    /**
     * From where on a follower has to be sent the log after it has fetched the state, null if it need not fetch any. One with the state as of just before the
     * beginning of the log need not: the entry before is not known here any more, but it has it, and would say so again and again.
     *
     * @param firstInLog as Ratis has it: where the log begins, if the follower needs what comes before; else null
     * @param stateAt as of where the follower has the state; 0 or less if that is not known
     * @param next what it is to be sent next
     */
    public static @Nullable TermIndex toFetch(@Nullable TermIndex firstInLog, long stateAt, long next) {
        boolean joins =
                firstInLog != null && stateAt > 0 && next == stateAt + 1 && firstInLog.getIndex() == stateAt + 1;
        return joins ? null : firstInLog;
    }
}
