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
    final Map<ResourceName, Resource> resources = new HashMap<>();

    LockspaceState(int id, String name, SessionEndPolicy policy) {
        this.id = id;
        this.name = name;
        this.policy = policy;
    }
}
