package dev.quoin.clusterfs.inode;

import java.util.concurrent.locks.ReentrantLock;

/** All that is done with inodes in one mount. Any thread may use it. */
public final class InodeStore {

    private final FsCore fs;
    private final NameOps names;
    private final RenameOps renames;
    private final FileOps files;
    private final ReentrantLock evicting = new ReentrantLock();

    /** Over the parts of a mount. */
    public InodeStore(FsCore fs) {
        this.fs = fs;
        InodeTable inodes = new InodeTable(fs);
        this.names = new NameOps(fs, inodes);
        this.renames = new RenameOps(fs, inodes, names);
        this.files = new FileOps(fs, inodes);
    }

    /** Looking up, listing, creating, linking, unlinking. */
    public NameOps names() {
        return names;
    }

    /** Moving. */
    public RenameOps renames() {
        return renames;
    }

    /** Attributes and content. */
    public FileOps files() {
        return files;
    }

    /** Forgets clean pages of inodes that nobody uses, the longest unused first, if there are too many. One thread does it at a time. */
    public void evict() {
        if (!fs.budget().isOverCached() || !evicting.tryLock()) {
            return;
        }
        try {
            for (var glock : fs.glocks().byAge()) {
                if (glock.covered() instanceof Inode inode) {
                    glock.ifIdle(() -> inode.pages().dropClean());
                    if (!fs.budget().isOverCached()) {
                        return;
                    }
                }
            }
        } finally {
            evicting.unlock();
        }
    }
}
