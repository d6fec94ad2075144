package dev.quoin.clusterfs.disk;

import org.jspecify.annotations.Nullable;

/** What a metadata block is. The codes are on disk: they are never changed, new ones are appended. */
public enum BlockType {
    /** The superblock or a copy of it. */
    SUPERBLOCK(1),
    /** Who uses a slot. */
    SLOT_CLAIM(2),
    /** The first block of a journal: where its live records begin. */
    JOURNAL_HEADER(3),
    /** Begins a chunk of a journal record: lists the images that follow. */
    JOURNAL_DESCRIPTOR(4),
    /** Ends a journal record. */
    JOURNAL_COMMIT(5),
    /** The first block of a resource group: its counters. */
    GROUP_HEADER(6),
    /** Part of a resource group's bitmap. */
    GROUP_BITMAP(7),
    /** One inode. */
    DINODE(8),
    /** A node of a file's extent tree. */
    EXTENT_NODE(9),
    /** A node of a directory's tree of names. */
    DIRECTORY_NODE(10);

    private static final BlockType[] BY_CODE = new BlockType[11];

    static {
        for (BlockType type : values()) {
            BY_CODE[type.code] = type;
        }
    }

    private final int code;

    BlockType(int code) {
        this.code = code;
    }

    /** The number on disk. */
    public int code() {
        return code;
    }

    /** The type with that number, null if there is none. */
    public static @Nullable BlockType ofCode(int code) {
        return code > 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }
}
