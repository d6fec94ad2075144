package dev.quoin.device;

import java.util.ServiceLoader;
import java.util.TreeSet;

/** Opens devices by URL: {@code file:/path}, {@code disk:/dev/sdb}, {@code iscsi://host:port/iqn/lun}. */
public final class Devices {

    private Devices() {}

    /**
     * Opens an existing device. Blocking.
     *
     * @throws DeviceException if no provider knows the scheme, or what the provider fails with
     */
    public static BlockDevice open(String url, DeviceProvider.Access access) throws DeviceException {
        int colon = url.indexOf(':');
        String scheme = colon < 0 ? "" : url.substring(0, colon);
        var known = new TreeSet<String>();
        for (DeviceProvider provider : ServiceLoader.load(DeviceProvider.class, Devices.class.getClassLoader())) {
            if (provider.scheme().equals(scheme)) {
                return provider.open(url, access);
            }
            known.add(provider.scheme());
        }
        throw new DeviceException(
                DeviceException.Code.UNSUPPORTED,
                url,
                "scheme '" + scheme + "' found, one of " + known + " expected: write the device as scheme:address");
    }
}
