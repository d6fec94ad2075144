package dev.quoin.clusterfs.vfs;

import java.io.IOException;

/** A file system operation that did not happen, or with {@link Errno#EIO} perhaps only in part and never visibly half. */
public final class VfsException extends IOException {

    private static final long serialVersionUID = 1L;

    private final Errno errno;

    /** Says on which object, what was found and what was expected. */
    public VfsException(Errno errno, String message) {
        super(errno + ": " + message);
        this.errno = errno;
    }

    /** As the other constructor, with what caused it. */
    public VfsException(Errno errno, String message, Throwable cause) {
        super(errno + ": " + message, cause);
        this.errno = errno;
    }

    /** Why. */
    public Errno errno() {
        return errno;
    }
}
