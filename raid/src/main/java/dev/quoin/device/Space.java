package dev.quoin.device;

/**
 * The space behind a device that may promise more than there is. All in bytes.
 *
 * @param used what this device has taken
 * @param available what it can still take; others may take it too
 * @param low with so much available or less its users are told, {@link DeviceEvent#SPACE_LOW}; 0 for never before it is full
 */
public record Space(long used, long available, long low) {

    public Space {
        if (used < 0 || available < 0 || low < 0) {
            throw new IllegalArgumentException("used " + used + ", available " + available + " and low " + low
                    + " bytes found, none below 0 expected");
        }
    }

    /** Whether its users are to be told. */
    public boolean isLow() {
        return available <= low;
    }
}
