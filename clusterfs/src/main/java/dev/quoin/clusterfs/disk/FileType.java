package dev.quoin.clusterfs.disk;

import org.jspecify.annotations.Nullable;

/** What an inode is. The codes are the POSIX type bits of a mode, shifted right by 12. */
public enum FileType {
    FIFO(1),
    CHARACTER_DEVICE(2),
    DIRECTORY(4),
    BLOCK_DEVICE(6),
    REGULAR(8),
    SYMLINK(10),
    SOCKET(12);

    private final int code;

    FileType(int code) {
        this.code = code;
    }

    /** The number on disk. */
    public int code() {
        return code;
    }

    /** The type with that number, null if there is none. */
    public static @Nullable FileType ofCode(int code) {
        for (FileType type : values()) {
            if (type.code == code) {
                return type;
            }
        }
        return null;
    }
}
