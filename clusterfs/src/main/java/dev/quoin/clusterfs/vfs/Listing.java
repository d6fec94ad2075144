package dev.quoin.clusterfs.vfs;

import dev.quoin.clusterfs.disk.FileType;
import dev.quoin.clusterfs.disk.InodeId;
import java.util.List;

/**
 * A part of a directory.
 *
 * @param entries in order of cookie, without "." and ".."
 * @param complete whether the directory has no entry behind these
 */
public record Listing(List<Entry> entries, boolean complete) {

    public Listing {
        entries = List.copyOf(entries);
    }

    /**
     * One entry.
     *
     * @param cookie positive; a listing from here goes on with the next entry, however the directory changed meanwhile
     */
    public record Entry(long cookie, Name name, InodeId inode, FileType type) {}
}
