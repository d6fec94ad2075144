package dev.quoin.dlm.core;

import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import java.util.HashMap;
import java.util.Map;

/** A lockspace with the resources in use. */
final class LockspaceState {

    final int id;
    final String name;
    final SessionEndPolicy policy;

    /** The root resources; those of sub-locks are found under them. */
    final Map<ResourceName, Resource> resources = new HashMap<>();

    final Map<ResourceName, RangeFile> rangeFiles = new HashMap<>();

    LockspaceState(int id, String name, SessionEndPolicy policy) {
        this.id = id;
        this.name = name;
        this.policy = policy;
    }

    /** Whether what an ended session has here stays. */
    boolean keepsFor(SessionState session) {
        return session.ended
                && switch (policy) {
                    case RELEASE -> false;
                    case HOLD_UNTIL_FENCED -> !session.fenced;
                    case HOLD_UNTIL_RECOVERED -> true;
                };
    }
}
