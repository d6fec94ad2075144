package dev.quoin.clusterfs.vfs;

/** Why a file system operation failed: the errors of POSIX.1-2024 with Linux' numbers. */
public enum Errno {
    /** No such entry. */
    ENOENT(2),
    /** The device, or what it holds, cannot be trusted, or this mount has withdrawn. */
    EIO(5),
    /** In use. */
    EBUSY(16),
    /** The name is taken. */
    EEXIST(17),
    /** A link or rename between two file systems. */
    EXDEV(18),
    /** Not a directory. */
    ENOTDIR(20),
    /** A directory where there may be none. */
    EISDIR(21),
    /** An argument that makes no sense. */
    EINVAL(22),
    /** Larger than a file can be. */
    EFBIG(27),
    /** No free block is left. */
    ENOSPC(28),
    /** The file system may only be read. */
    EROFS(30),
    /** More links than an inode can count. */
    EMLINK(31),
    /** The operation is not allowed on this kind of file. */
    EPERM(1),
    /** A name of more than 255 bytes or a symbolic link of more than 4,095. */
    ENAMETOOLONG(36),
    /** The directory has entries. */
    ENOTEMPTY(39),
    /** The inode does not exist any more. */
    ESTALE(116);

    private final int number;

    Errno(int number) {
        this.number = number;
    }

    /** Linux' number, positive. */
    public int number() {
        return number;
    }
}
