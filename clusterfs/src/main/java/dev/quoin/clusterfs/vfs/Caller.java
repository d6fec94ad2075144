package dev.quoin.clusterfs.vfs;

/**
 * For whom an operation is done: the owner of what it creates. Who may do what is checked by the front-end, as the kernel does for FUSE
 * with {@code default_permissions}.
 */
public record Caller(int uid, int gid) {

    /** The superuser. */
    public static final Caller ROOT = new Caller(0, 0);
}
