package dev.quoin.raid;

/** The RAID levels, with the numbers that are stored on the members. */
public enum Level {
    /** Rotating parity: survives the loss of any one member. Three members or more. */
    RAID5(5);

    private final int number;

    Level(int number) {
        this.number = number;
    }

    /** The number on disk, which is the usual number of the level. */
    public int number() {
        return number;
    }
}
