package dev.quoin.clusterfs.glock;

import dev.quoin.clusterfs.vfs.VfsException;
import java.util.List;

/** Makes what locks cover durable in place before they are given up. */
@FunctionalInterface
public interface Settler {

    /** Writes data and metadata of all these, together, and returns when no other node can need this node's journal for them. */
    void settle(List<Covered> covered) throws VfsException;
}
