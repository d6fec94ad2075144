package dev.quoin.device;

/**
 * Which writes a device can do wholly or not at all, {@link BlockDevice#writeAtomic}. In bytes.
 *
 * @param lengthMax the longest; 0 if it can do none
 * @param alignment what their offsets are multiples of
 */
public record AtomicWrites(int lengthMax, int alignment) {

    /** A device that promises nothing of the kind. */
    public static final AtomicWrites NONE = new AtomicWrites(0, 1);

    public AtomicWrites {
        if (lengthMax < 0 || alignment < 1) {
            throw new IllegalArgumentException(
                    "length " + lengthMax + " and alignment " + alignment + " found, at least 0 and 1 byte expected");
        }
    }

    /** Whether there are any. */
    public boolean any() {
        return lengthMax > 0;
    }

    /**
     * Checks that a write is one of them.
     *
     * @param device for the message
     * @throws DeviceException with {@link DeviceException.Code#UNSUPPORTED} if it is not
     */
    public void check(String device, long offset, long length) throws DeviceException {
        if (!covers(offset, length)) {
            throw new DeviceException(
                    DeviceException.Code.UNSUPPORTED,
                    device,
                    "an atomic write of " + length + " bytes at " + offset + " found, " + this + " expected");
        }
    }

    /** Whether this write is one of them. */
    public boolean covers(long offset, long length) {
        return length <= lengthMax && offset % alignment == 0;
    }
}
