package dev.quoin.iscsi.initiator;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceProvider;

/** Opens {@code iscsi:} URLs; see {@link IscsiUrl} for their form. */
public final class IscsiDeviceProvider implements DeviceProvider {

    /** For the service loader. */
    public IscsiDeviceProvider() {}

    @Override
    public String scheme() {
        return "iscsi";
    }

    @Override
    public BlockDevice open(String url, Access access) throws DeviceException {
        IscsiUrl address = IscsiUrl.parse(url);
        String initiator = address.initiatorName();
        return IscsiDevice.open(
                address, InitiatorConfig.of(initiator == null ? InitiatorConfig.DEFAULT_NAME : initiator), access);
    }
}
