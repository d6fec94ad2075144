package dev.quoin.clusterfs.alloc;

import dev.quoin.clusterfs.disk.FsLayout;
import dev.quoin.clusterfs.glock.Hold;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** The resource groups that one operation holds in EX: one to allocate from, and those in which it frees. One thread. */
public final class GroupSet implements AutoCloseable {

    private final FsLayout layout;
    private final SortedMap<Integer, ResourceGroup> groups;
    private final List<Hold> holds;
    private final @Nullable ResourceGroup source;
    private final int usable;

    GroupSet(
            FsLayout layout,
            SortedMap<Integer, ResourceGroup> groups,
            List<Hold> holds,
            @Nullable ResourceGroup source,
            int usable) {
        this.layout = layout;
        this.groups = groups;
        this.holds = new ArrayList<>(holds);
        this.source = source;
        this.usable = usable;
    }

    /** The group to allocate from. */
    public ResourceGroup source() {
        if (source == null) {
            throw new IllegalStateException("an allocation without reservation");
        }
        return source;
    }

    /** How many blocks the source can give. */
    public int usable() {
        return usable;
    }

    /** Whether blocks in the group of {@code block} may be freed. */
    public boolean covers(long block) {
        return groups.containsKey(layout.groupOf(block));
    }

    /** The group of a block that is to be freed. */
    public ResourceGroup of(long block) {
        ResourceGroup group = groups.get(layout.groupOf(block));
        if (group == null) {
            throw new IllegalStateException("block " + block + " is to be freed and its resource group is not held");
        }
        return group;
    }

    /** The most blocks that a transaction changes in these groups. */
    public int credits() {
        int total = 0;
        for (ResourceGroup group : groups.values()) {
            total += 1 + layout.bitmapBlocks(group.index());
        }
        return total;
    }

    @Override
    public void close() {
        holds.forEach(Hold::close);
        holds.clear();
    }
}
