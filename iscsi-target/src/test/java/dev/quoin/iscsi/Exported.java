package dev.quoin.iscsi;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceProvider;
import dev.quoin.iscsi.initiator.InitiatorConfig;
import dev.quoin.iscsi.initiator.IscsiDevice;
import dev.quoin.iscsi.initiator.IscsiUrl;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.UnitIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** Devices exported by a target on a free port of the loopback address, for tests. */
public final class Exported implements AutoCloseable {

    /** The target's name. */
    public static final String NAME = "iqn.2026-11.dev.quoin:test";

    /** The name of the tests' initiators. */
    public static final String INITIATOR = "iqn.2026-11.dev.quoin:tester";

    private final IscsiTarget target;

    private Exported(IscsiTarget target) {
        this.target = target;
    }

    /** Exports the devices as units 0, 1 and so on. */
    public static Exported devices(BlockDevice... devices) throws IOException {
        return with(config(0, devices));
    }

    /** Exports by a configuration. */
    public static Exported with(IscsiTargetConfig config) throws IOException {
        return new Exported(IscsiTarget.start(config));
    }

    /** The configuration that {@link #devices} uses, at a port; 0 for any. */
    public static IscsiTargetConfig config(int port, BlockDevice... devices) {
        List<LogicalUnit> units = new ArrayList<>();
        for (int i = 0; i < devices.length; i++) {
            units.add(new LogicalUnit(i, devices[i], UnitIdentity.of("test-" + i)));
        }
        return IscsiTargetConfig.of(NAME, new InetSocketAddress(InetAddress.getLoopbackAddress(), port), units);
    }

    /** The target. */
    public IscsiTarget target() {
        return target;
    }

    /** The URL of a unit for the initiator of this project. */
    public IscsiUrl url(int unit) {
        return new IscsiUrl("127.0.0.1", target.port(), NAME, unit, null);
    }

    /** The URL of a unit in the form that libiscsi takes. */
    public String text(int unit) {
        return url(unit).toString();
    }

    /** Logs in to a unit. */
    public IscsiDevice open(int unit) throws DeviceException {
        return IscsiDevice.open(url(unit), InitiatorConfig.of(INITIATOR), DeviceProvider.Access.READ_WRITE);
    }

    @Override
    public void close() {
        target.close();
    }
}
