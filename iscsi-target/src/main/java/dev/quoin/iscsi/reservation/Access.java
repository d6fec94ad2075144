package dev.quoin.iscsi.reservation;

/** What a command does, as far as reservations go (SPC-4 table 56, SBC-4 table 13). */
public enum Access {
    /** It never conflicts. */
    ALWAYS,
    /** It conflicts where others may not read. */
    READ,
    /** It conflicts with every reservation of others. */
    CHANGE
}
