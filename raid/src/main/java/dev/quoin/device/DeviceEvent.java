package dev.quoin.device;

/** What may happen to a device while it is open. */
public enum DeviceEvent {
    /** It has become larger: {@link BlockDevice#geometry()} tells the new size. */
    RESIZED,
    /** What is available has come down to {@link Space#low()}. Told once for each time that it does. */
    SPACE_LOW,
    /** {@link Space#low()} is another. */
    LOW_CHANGED
}
