package dev.quoin.clusterfs.inode;

import dev.quoin.clusterfs.alloc.Allocator;
import dev.quoin.clusterfs.disk.DirectoryHash;
import dev.quoin.clusterfs.glock.GlockTable;
import dev.quoin.clusterfs.journal.Journal;
import dev.quoin.clusterfs.store.FsDevice;
import dev.quoin.clusterfs.store.PageBudget;
import java.time.Instant;
import java.time.InstantSource;

/** The parts of a mount that work with inodes needs. */
public record FsCore(
        FsDevice device,
        Journal journal,
        GlockTable glocks,
        Allocator allocator,
        PageBudget budget,
        DirectoryHash hash,
        InstantSource clock) {

    /** The present time, nanoseconds since 1970. */
    long now() {
        Instant now = clock.instant();
        return Math.addExact(Math.multiplyExact(now.getEpochSecond(), 1_000_000_000L), now.getNano());
    }
}
