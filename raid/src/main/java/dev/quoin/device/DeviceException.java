package dev.quoin.device;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A device request that could not be done. */
public final class DeviceException extends IOException {

    private static final long serialVersionUID = 1L;

    /** Why. The order is fixed: the numbers travel over wires; new codes are appended. */
    public enum Code {
        /** The request does not lie on blocks of the device. Nothing was moved. */
        OUT_OF_RANGE,
        /** These blocks cannot be read, or fail their checksum and cannot be repaired. Other blocks can. */
        MEDIUM_ERROR,
        /** The device does not answer, was closed or has failed as a whole. */
        GONE,
        /** The device may not be written. */
        READ_ONLY,
        /** There is no space below for the data. */
        NO_SPACE,
        /** The caller's right to write has passed to another (an older token, a reservation). */
        FENCED,
        /** The device does not know this request. */
        UNSUPPORTED,
        /** The device has as many requests as it takes: try again. */
        BUSY
    }

    private final Code code;
    private final String device;

    /** Says which device, what was found and what was expected. */
    public DeviceException(Code code, String device, String message) {
        super(device + ": " + message);
        this.code = code;
        this.device = device;
    }

    /** As the other constructor, with what caused it. */
    public DeviceException(Code code, String device, String message, @Nullable Throwable cause) {
        super(device + ": " + message, cause);
        this.code = code;
        this.device = device;
    }

    /** Why. */
    public Code code() {
        return code;
    }

    /** The name of the device. */
    public String device() {
        return device;
    }
}
