package dev.quoin.clusterfs.alloc;

import dev.quoin.clusterfs.disk.BlockState;
import dev.quoin.clusterfs.disk.FsLayout;
import dev.quoin.clusterfs.glock.GlockTable;
import dev.quoin.clusterfs.glock.Hold;
import dev.quoin.clusterfs.journal.Journal;
import dev.quoin.clusterfs.store.FsDevice;
import dev.quoin.clusterfs.vfs.Errno;
import dev.quoin.clusterfs.vfs.FsStatus;
import dev.quoin.clusterfs.vfs.VfsException;
import dev.quoin.dlm.api.LockMode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the resource group to allocate from: the one used last, then round from a start that is spread by slot, so that nodes stay out
 * of each other's groups for as long as there is room. Any thread may use it.
 */
public final class Allocator {

    private final FsLayout layout;
    private final GlockTable glocks;
    private final Journal journal;
    private final List<ResourceGroup> groups = new ArrayList<>();
    private volatile int current;

    /** An allocator for the node with this slot. */
    public Allocator(FsDevice device, GlockTable glocks, Journal journal, int slot) {
        this.layout = device.layout();
        this.glocks = glocks;
        this.journal = journal;
        for (int i = 0; i < layout.groups(); i++) {
            groups.add(new ResourceGroup(device, journal, i));
        }
        this.current = (int) ((long) slot * groups.size() / layout.slots());
    }

    /** The groups of these blocks. */
    public int groupOf(long block) {
        return layout.groupOf(block);
    }

    /** Holds the groups in which something is to be freed. Blocking. */
    public GroupSet lock(Collection<Integer> frees) throws VfsException {
        return hold(frees, null);
    }

    /**
     * Holds the groups in which something is to be freed and one with room. Blocking.
     *
     * @param want how many blocks are wanted
     * @param least with how few the caller can do
     * @throws VfsException with ENOSPC if no group has {@code least} blocks
     */
    public GroupSet lock(Collection<Integer> frees, int want, int least) throws VfsException {
        int first = current;
        for (int i = 0; i < groups.size(); i++) {
            ResourceGroup candidate = groups.get((first + i) % groups.size());
            if (candidate.freeHint() >= want) {
                GroupSet set = hold(frees, candidate);
                if (set.usable() >= want) {
                    current = candidate.index();
                    return set;
                }
                set.close();
            }
        }
        return lockLast(frees, want, least);
    }

    /** When the hints say that nothing is left: makes freed blocks usable and looks at every group. */
    private GroupSet lockLast(Collection<Integer> frees, int want, int least) throws VfsException {
        journal.checkpoint();
        reclaim();
        ResourceGroup best = null;
        int most = 0;
        for (ResourceGroup candidate : groups) {
            GroupSet set = hold(frees, candidate);
            if (set.usable() >= want) {
                current = candidate.index();
                return set;
            }
            if (set.usable() > most) {
                most = set.usable();
                best = candidate;
            }
            set.close();
        }
        if (best != null && most >= least) {
            GroupSet set = hold(frees, best);
            if (set.usable() >= least) {
                return set;
            }
            set.close();
        }
        throw new VfsException(
                Errno.ENOSPC, "at most " + most + " free blocks found in one resource group, " + least + " expected");
    }

    private GroupSet hold(Collection<Integer> frees, @Nullable ResourceGroup source) throws VfsException {
        SortedMap<Integer, ResourceGroup> wanted = new TreeMap<>();
        frees.forEach(index -> wanted.put(index, groups.get(index)));
        if (source != null) {
            wanted.put(source.index(), source);
        }
        List<Hold> holds = new ArrayList<>(wanted.size());
        boolean done = false;
        try {
            for (ResourceGroup group : wanted.values()) {
                holds.add(glocks.acquire(group.lock(), () -> group, LockMode.EX));
                group.load();
                group.reclaim();
            }
            done = true;
            return new GroupSet(layout, wanted, holds, source, source == null ? 0 : source.usable());
        } finally {
            if (!done) {
                holds.forEach(Hold::close);
            }
        }
    }

    /** What the bitmap says about a block. Blocking. */
    public BlockState state(long block) throws VfsException {
        int index = layout.groupOf(block);
        if (index < 0) {
            return BlockState.METADATA;
        }
        try (GroupSet set = hold(List.of(index), null)) {
            return set.of(block).state(block);
        }
    }

    /** Lets blocks of dead inodes go that are in place. */
    public void reclaim() {
        groups.forEach(ResourceGroup::reclaim);
    }

    /** Space, from memory for the groups that this node holds and without locks for the others. Blocking. */
    public FsStatus status() {
        long total = 0;
        long free = 0;
        long inodes = 0;
        for (ResourceGroup group : groups) {
            var glock = glocks.find(group.lock());
            if (glock == null || !glock.covers(LockMode.PR)) {
                group.peek();
            }
            total += layout.groupLength(group.index()) - layout.groupOverhead(group.index());
            free += group.freeHint() == Integer.MAX_VALUE ? 0 : group.freeHint();
            inodes += group.inodeHint();
        }
        return new FsStatus(dev.quoin.clusterfs.disk.BlockHeader.BLOCK_SIZE, total, free, inodes);
    }
}
