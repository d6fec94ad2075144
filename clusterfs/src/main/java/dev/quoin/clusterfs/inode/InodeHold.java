package dev.quoin.clusterfs.inode;

import dev.quoin.clusterfs.glock.Hold;

/** A loaded inode and the right to use it. */
record InodeHold(Inode inode, Hold hold) implements AutoCloseable {

    @Override
    public void close() {
        hold.close();
    }
}
