package dev.quoin.clusterfs.journal;

import dev.quoin.clusterfs.store.FileData;
import dev.quoin.clusterfs.store.MetaBlock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The transactions that commit together. Guarded by the journal's state lock. */
final class Group {

    final long id;
    final Map<Long, MetaBlock> changed = new LinkedHashMap<>();
    final Set<Long> revokes = new LinkedHashSet<>();
    final Set<FileData> data = new LinkedHashSet<>();
    final List<Runnable> onDurable = new ArrayList<>();
    int open;
    int reserved;

    Group(long id) {
        this.id = id;
    }

    boolean isEmpty() {
        return changed.isEmpty() && revokes.isEmpty() && data.isEmpty() && onDurable.isEmpty();
    }
}
