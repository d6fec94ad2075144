package dev.quoin.clusterfs.vfs;

import dev.quoin.clusterfs.disk.FileType;
import dev.quoin.clusterfs.disk.InodeId;
import java.nio.ByteBuffer;

/**
 * A file system by inodes and names, without paths.
 *
 * <p><b>Coherence.</b> Every operation is atomic and sees all that any node's operations did before it began: single-system
 * semantics. Reads and writes of one call are atomic towards each other up to {@value #TRANSFER_MAX} bytes.
 *
 * <p><b>Durability.</b> An operation that has returned is visible to all nodes and survives the death of its node only once it is durable:
 * after {@link #fsync} of an inode that it changed, after {@link #sync}, or some seconds later by itself. After a crash a file
 * system is as some prefix of the operations of each node left it.
 *
 * <p><b>Unlinked files.</b> An inode whose last name is removed is freed at once, also while somebody works with it: later operations on it
 * fail with {@link Errno#ESTALE}.
 *
 * <p><b>Threads.</b> Any thread may call; calls block for the device and for other nodes and are meant for virtual threads. Read access
 * times are not kept.
 *
 * @since 0.1
 */
public interface Vfs {

    /** The most bytes that one read, write or append moves. */
    int TRANSFER_MAX = 8 * 1024 * 1024;

    /** The longest target of a symbolic link, in bytes. */
    int SYMLINK_MAX = 4095;

    /** The root directory. */
    InodeId root();

    /**
     * What a name stands for.
     *
     * @param inode the inode
     * @param type its type
     */
    record Found(InodeId inode, FileType type) {}

    /** Looks a name up: ENOENT, ENOTDIR, ESTALE. */
    Found lookup(InodeId directory, Name name) throws VfsException;

    /** The parent of a directory; of the root the root itself. */
    InodeId parent(InodeId directory) throws VfsException;

    /** The attributes: ESTALE. */
    Attributes getattr(InodeId inode) throws VfsException;

    /** Changes attributes, all or none: ESTALE, EISDIR, EINVAL, EFBIG, ENOSPC. */
    Attributes setattr(InodeId inode, AttributeChange change) throws VfsException;

    /**
     * Reads into the remaining bytes of {@code target}, whose position moves.
     *
     * @return how many bytes were read; fewer than asked for only at the end of the file; 0 there
     */
    int read(InodeId inode, long offset, ByteBuffer target) throws VfsException;

    /**
     * Writes the remaining bytes of {@code source}, whose position moves.
     *
     * @return how many bytes were written; fewer than asked for only if space ran out
     * @throws VfsException ENOSPC if nothing could be written, EFBIG, EISDIR, ESTALE
     */
    int write(InodeId inode, long offset, ByteBuffer source) throws VfsException;

    /**
     * Writes at the end of the file as it is at that moment; of all appends on all nodes none overwrites another.
     *
     * @return where the bytes begin; less than all were written only if space ran out
     */
    long append(InodeId inode, ByteBuffer source) throws VfsException;

    /** Makes an empty regular file: EEXIST, ENOTDIR, ENOSPC, ESTALE. */
    InodeId create(Caller caller, InodeId directory, Name name, int permissions) throws VfsException;

    /** Makes a FIFO, socket or device file. */
    InodeId mknod(Caller caller, InodeId directory, Name name, FileType type, int permissions, int device)
            throws VfsException;

    /** Makes an empty directory. */
    InodeId mkdir(Caller caller, InodeId directory, Name name, int permissions) throws VfsException;

    /** Makes a symbolic link to a target of 1 to {@value #SYMLINK_MAX} bytes. */
    InodeId symlink(Caller caller, InodeId directory, Name name, byte[] target) throws VfsException;

    /** The target of a symbolic link: EINVAL if it is none. */
    byte[] readlink(InodeId inode) throws VfsException;

    /** Gives an inode another name: EEXIST, EPERM for a directory, EMLINK. */
    void link(InodeId inode, InodeId directory, Name name) throws VfsException;

    /** Removes a name of anything but a directory: ENOENT, EISDIR. */
    void unlink(InodeId directory, Name name) throws VfsException;

    /** Removes an empty directory: ENOENT, ENOTDIR, ENOTEMPTY. */
    void rmdir(InodeId directory, Name name) throws VfsException;

    /**
     * Moves a name, replacing what has the new name already if {@code mode} allows it: POSIX rename(). EINVAL if a directory would become
     * its own descendant.
     */
    void rename(InodeId from, Name name, InodeId to, Name newName, RenameMode mode) throws VfsException;

    /** What a rename does when the new name is taken. */
    enum RenameMode {
        /** The old holder of the name goes. */
        REPLACE,
        /** EEXIST. */
        NOREPLACE
    }

    /**
     * Lists entries behind a cookie.
     *
     * @param cookie 0 from the beginning, else that of the last entry seen
     * @param max the most entries wanted, at least 1; the listing may be shorter before the end
     */
    Listing readdir(InodeId directory, long cookie, int max) throws VfsException;

    /** Makes all that was done to this inode, its name included, durable. */
    void fsync(InodeId inode) throws VfsException;

    /** Makes everything done through this mount durable. */
    void sync() throws VfsException;

    /** Space. */
    FsStatus statfs() throws VfsException;
}
