package dev.quoin.iscsi.initiator;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceProvider;
import dev.quoin.iscsi.chap.ChapLogin;
import java.io.IOException;

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
        InitiatorConfig config = InitiatorConfig.of(initiator == null ? InitiatorConfig.DEFAULT_NAME : initiator);
        ChapFiles files = address.chap();
        return IscsiDevice.open(address, files == null ? config : config.withChap(read(url, files)), access);
    }

    private static ChapLogin read(String url, ChapFiles files) throws DeviceException {
        try {
            return files.read();
        } catch (IOException | IllegalArgumentException unusable) {
            throw new DeviceException(
                    DeviceException.Code.UNSUPPORTED, url, String.valueOf(unusable.getMessage()), unusable);
        }
    }
}
