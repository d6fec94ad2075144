package dev.quoin.clusterfs.vfs;

import dev.quoin.clusterfs.disk.DirectoryEntry;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The name of a directory entry: 1 to 255 bytes without zero and slash, neither "." nor "..". Immutable. */
public final class Name {

    private final byte[] bytes;

    private Name(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * A name from its UTF-8 text.
     *
     * @throws VfsException with ENAMETOOLONG or EINVAL
     */
    public static Name of(String text) throws VfsException {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * A name from its bytes, which are copied.
     *
     * @throws VfsException with ENAMETOOLONG or EINVAL
     */
    public static Name of(byte[] bytes) throws VfsException {
        if (bytes.length > DirectoryEntry.NAME_MAX) {
            throw new VfsException(
                    Errno.ENAMETOOLONG,
                    "name of " + bytes.length + " bytes found, at most " + DirectoryEntry.NAME_MAX + " expected");
        }
        String flaw = DirectoryEntry.flawOf(bytes);
        if (flaw != null) {
            throw new VfsException(
                    Errno.EINVAL, flaw + " found in a name, 1 to 255 bytes other than zero and / expected");
        }
        return new Name(bytes.clone());
    }

    /** The bytes, in a new array. */
    public byte[] bytes() {
        return bytes.clone();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Name that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** The name read as UTF-8. */
    @Override
    public String toString() {
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
