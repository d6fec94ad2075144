package dev.quoin.dlm.core;

import dev.quoin.dlm.api.ResourceName;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Names of records that a snapshot has to write. */
final class ChangeSet {

    /**
     * Names a resource.
     *
     * @param path the names of its parents from the root, then its own
     */
    record ResourceKey(int lockspace, List<ResourceName> path) {

        static ResourceKey of(Resource resource) {
            if (resource.parent == null) {
                return new ResourceKey(resource.space.id, List.of(resource.name));
            }
            List<ResourceName> path = resource.parents();
            path.add(resource.name);
            return new ResourceKey(resource.space.id, path);
        }
    }

    /** Names a file of range locks. */
    record RangesKey(int lockspace, ResourceName name) {

        static RangesKey of(RangeFile file) {
            return new RangesKey(file.space.id, file.name);
        }
    }

    final Set<Long> sessions = new HashSet<>();
    final Set<Long> locks = new HashSet<>();
    final Set<ResourceKey> resources = new HashSet<>();
    final Set<RangesKey> ranges = new HashSet<>();
    final Set<Integer> lockspaces = new HashSet<>();
    final Set<String> keys = new HashSet<>();

    void addAll(ChangeSet other) {
        sessions.addAll(other.sessions);
        locks.addAll(other.locks);
        resources.addAll(other.resources);
        ranges.addAll(other.ranges);
        lockspaces.addAll(other.lockspaces);
        keys.addAll(other.keys);
    }

    int size() {
        return sessions.size() + locks.size() + resources.size() + ranges.size() + lockspaces.size() + keys.size();
    }
}
