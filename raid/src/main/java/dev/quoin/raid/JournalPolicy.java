package dev.quoin.raid;

import java.util.Locale;

/** What of a large write over something goes into the journal, before it is put in place. */
public enum JournalPolicy {

    /** All of it: after a power cut each block is old or new, whatever happens meanwhile. */
    FULL,

    /**
     * Of whole codewords only the checksums. Every byte is written once; a block that the power cut met may be unreadable until it is
     * written again, if its device does not write 4 KiB as one, or if a member is lost along with the power. Not for RAID 3.
     */
    HEADERS;

    /** The word for it that people use. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
