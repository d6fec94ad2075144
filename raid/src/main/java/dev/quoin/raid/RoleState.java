package dev.quoin.raid;

/** How the member in a role is, with the number that stands for it in the superblocks. */
public enum RoleState {
    /** Holds current data. */
    IN_SYNC(0),
    /** Holds current data up to where the rebuild has come. */
    REBUILDING(1),
    /** Failed, was taken out, or was not there when the array was started: what it holds may be old. */
    FAILED(2);

    private final int number;

    RoleState(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }

    /** An unknown number is a member that is not to be trusted. */
    static RoleState of(int number) {
        return switch (number) {
            case 0 -> IN_SYNC;
            case 1 -> REBUILDING;
            default -> FAILED;
        };
    }
}
