package dev.quoin.raid;

import java.util.Optional;

/** The RAID levels, with the numbers that are stored on the members. */
public enum Level {
    /** Chunks in turn over all members; no redundancy: what is lost or rots is noticed, not repaired. */
    RAID0(0, 2, 32),
    /** The same on every member: survives the loss of all but one. */
    RAID1(1, 2, 8),
    /**
     * Every block cut over all data members, of which there are 2, 4 or 8, and one member for the parity: survives the loss of any
     * one. Reads use all data members, writes all members and never read.
     */
    RAID3(3, 3, 9),
    /** Rotating parity: survives the loss of any one member. */
    RAID5(5, 3, 32),
    /** Two rotating parities, P and Q: survives the loss of any two members. */
    RAID6(6, 4, 32),
    /**
     * Chunks in turn, each on two members beside each other: survives losses as long as each chunk has one of its two. The
     * number of members may be odd.
     */
    RAID10(10, 2, 32);

    private final int number;
    private final int membersMin;
    private final int membersMax;

    Level(int number, int membersMin, int membersMax) {
        this.number = number;
        this.membersMin = membersMin;
        this.membersMax = membersMax;
    }

    /** The level with a number, if there is one. */
    public static Optional<Level> of(int number) {
        for (Level level : values()) {
            if (level.number == number) {
                return Optional.of(level);
            }
        }
        return Optional.empty();
    }

    /** The number on disk, which is the usual number of the level. */
    public int number() {
        return number;
    }

    /** Whether an array of this level can have so many members. */
    public boolean allows(int members) {
        return members >= membersMin && members <= membersMax && (this != RAID3 || Integer.bitCount(members - 1) == 1);
    }

    /** The numbers of members that {@link #allows} allows, in words. */
    public String allowed() {
        return this == RAID3 ? "3, 5 or 9" : membersMin + " to " + membersMax;
    }

    /** Whether chunks have a size: RAID 3 cuts every block instead. */
    public boolean hasChunks() {
        return this != RAID3;
    }

    /** Whether the same content lies on several members, which then share the reads. */
    public boolean hasCopies() {
        return this == RAID1 || this == RAID10;
    }

    /** The number by which md and our superblock know the placement: left-symmetric, or two near copies and one far. */
    int layoutNumber() {
        return switch (this) {
            case RAID0, RAID1, RAID3 -> 0;
            case RAID5, RAID6 -> 2;
            case RAID10 -> 0x102;
        };
    }

    Layout layout(int members) {
        return switch (this) {
            case RAID0 -> new NearCopies(members, 1);
            case RAID1 -> new NearCopies(members, members);
            case RAID3 -> new ParityLast(members);
            case RAID5 -> new LeftSymmetric(members, 1);
            case RAID6 -> new LeftSymmetric(members, 2);
            case RAID10 -> new NearCopies(members, 2);
        };
    }
}
