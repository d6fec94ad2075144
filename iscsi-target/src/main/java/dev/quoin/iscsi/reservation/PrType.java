package dev.quoin.iscsi.reservation;

import org.jspecify.annotations.Nullable;

/** The type of a persistent reservation (SPC-4 6.15.3.4). */
public enum PrType {
    WRITE_EXCLUSIVE(1, false, false, false),
    EXCLUSIVE_ACCESS(3, true, false, false),
    WRITE_EXCLUSIVE_REGISTRANTS_ONLY(5, false, true, false),
    EXCLUSIVE_ACCESS_REGISTRANTS_ONLY(6, true, true, false),
    WRITE_EXCLUSIVE_ALL_REGISTRANTS(7, false, true, true),
    EXCLUSIVE_ACCESS_ALL_REGISTRANTS(8, true, true, true);

    private final int code;
    private final boolean excludesReads;
    private final boolean admitsRegistrants;
    private final boolean heldByAll;

    PrType(int code, boolean excludesReads, boolean admitsRegistrants, boolean heldByAll) {
        this.code = code;
        this.excludesReads = excludesReads;
        this.admitsRegistrants = admitsRegistrants;
        this.heldByAll = heldByAll;
    }

    /** The number on the wire. */
    public int code() {
        return code;
    }

    /** Whether also reads of others conflict. */
    public boolean excludesReads() {
        return excludesReads;
    }

    /** Whether who is registered may do all that the holder may. */
    public boolean admitsRegistrants() {
        return admitsRegistrants;
    }

    /** Whether each registrant is a holder. */
    public boolean heldByAll() {
        return heldByAll;
    }

    /** The type of a number; null if there is none. */
    public static @Nullable PrType of(int code) {
        for (PrType type : values()) {
            if (type.code == code) {
                return type;
            }
        }
        return null;
    }
}
