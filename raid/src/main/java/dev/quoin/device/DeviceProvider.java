package dev.quoin.device;

/** Opens the devices of one URL scheme. Found by {@link java.util.ServiceLoader}; needs a public constructor without arguments. */
public interface DeviceProvider {

    /** The scheme, lower case, such as {@code file} or {@code iscsi}. */
    String scheme();

    /**
     * Opens an existing device. Blocking.
     *
     * @param url the whole URL, with the scheme
     * @param access whether it will be written
     * @throws DeviceException if it does not exist, is in use or is not of this kind
     */
    BlockDevice open(String url, Access access) throws DeviceException;

    /** Whether a device is opened for writing. */
    enum Access {
        READ_ONLY,
        READ_WRITE
    }
}
