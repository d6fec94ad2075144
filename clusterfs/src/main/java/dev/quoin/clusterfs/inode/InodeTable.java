package dev.quoin.clusterfs.inode;

import dev.quoin.clusterfs.disk.InodeId;
import dev.quoin.clusterfs.glock.Hold;
import dev.quoin.clusterfs.glock.LockName;
import dev.quoin.clusterfs.store.MetaBlock;
import dev.quoin.clusterfs.vfs.VfsException;
import dev.quoin.dlm.api.LockMode;

/** The inodes in memory, each with its lock. Any thread may use it. */
final class InodeTable {

    private final FsCore fs;

    InodeTable(FsCore fs) {
        this.fs = fs;
    }

    /** Locks and loads an inode. Blocking; ESTALE if it does not exist. */
    InodeHold hold(InodeId id, LockMode mode) throws VfsException {
        LockName name = LockName.inode(fs.device().fsId(), id);
        Hold hold = fs.glocks().acquire(name, () -> new Inode(fs, id), mode);
        boolean loaded = false;
        try {
            Inode inode = (Inode) hold.glock().covered();
            inode.load();
            loaded = true;
            return new InodeHold(inode, hold);
        } finally {
            if (!loaded) {
                hold.close();
            }
        }
    }

    /** Adds an inode that was just allocated, in EX; a right to do so was reserved. */
    Inode addNew(InodeId id, MetaBlock block) {
        Inode made = new Inode(fs, id, block);
        fs.glocks().createExclusive(made.lock(), made);
        return made;
    }
}
