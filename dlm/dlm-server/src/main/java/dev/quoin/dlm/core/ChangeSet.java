package dev.quoin.dlm.core;

import dev.quoin.dlm.api.ResourceName;
import java.util.List;

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

    final Changed<Long> sessions = new Changed<>();
    final Changed<Long> locks = new Changed<>();
    final Changed<ResourceKey> resources = new Changed<>();
    final Changed<RangesKey> ranges = new Changed<>();
    final Changed<Integer> lockspaces = new Changed<>();
    final Changed<String> keys = new Changed<>();

    void addAll(ChangeSet other) {
        sessions.addAll(other.sessions);
        locks.addAll(other.locks);
        resources.addAll(other.resources);
        ranges.addAll(other.ranges);
        lockspaces.addAll(other.lockspaces);
        keys.addAll(other.keys);
    }
}
