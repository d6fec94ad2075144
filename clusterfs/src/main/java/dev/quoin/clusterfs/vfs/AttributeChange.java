package dev.quoin.clusterfs.vfs;

import org.jspecify.annotations.Nullable;

/**
 * Which attributes to set; null leaves one as it is.
 *
 * @param size truncates or extends with zeroes; regular files only
 * @param mtime nanoseconds since 1970, as {@code atime}
 */
public record AttributeChange(
        @Nullable Integer permissions,
        @Nullable Integer uid,
        @Nullable Integer gid,
        @Nullable Long size,
        @Nullable Long mtime,
        @Nullable Long atime) {

    /** Sets the size alone. */
    public static AttributeChange size(long size) {
        return new AttributeChange(null, null, null, size, null, null);
    }

    /** Sets the permission bits alone. */
    public static AttributeChange permissions(int permissions) {
        return new AttributeChange(permissions, null, null, null, null, null);
    }

    /** Sets the time of the last change of content alone. */
    public static AttributeChange mtime(long mtime) {
        return new AttributeChange(null, null, null, null, mtime, null);
    }
}
