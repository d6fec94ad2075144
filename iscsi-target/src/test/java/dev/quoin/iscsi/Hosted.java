package dev.quoin.iscsi;

import dev.quoin.device.BlockDevice;
import dev.quoin.iscsi.portal.PortalConfig;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.UnitIdentity;
import dev.quoin.iscsi.wire.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** A server of several targets on free ports of the loopback address, for tests. */
public final class Hosted implements AutoCloseable {

    private final IscsiServer server;

    private Hosted(IscsiServer server) {
        this.server = server;
    }

    /** A server with the targets. */
    public static Hosted of(IscsiServerConfig config, TargetDefinition... targets) throws IOException {
        return new Hosted(IscsiServer.start(config, List.of(targets)));
    }

    /** One portal in each of these groups; a group given twice has two. */
    public static IscsiServerConfig portals(int... groups) {
        return IscsiServerConfig.of(Arrays.stream(groups)
                .mapToObj(group -> PortalConfig.of(group, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)))
                .toArray(PortalConfig[]::new));
    }

    /** The name of a target of the tests. */
    public static String name(String which) {
        return "iqn.2026-11.dev.quoin:" + which;
    }

    /** A target that tells nobody of a power-on, with the devices as units 0, 1 and so on, each by the serial number of its name. */
    public static TargetDefinition target(String which, int number, BlockDevice... devices) {
        LogicalUnit[] units = new LogicalUnit[devices.length];
        for (int i = 0; i < units.length; i++) {
            units[i] = new LogicalUnit(i, devices[i], UnitIdentity.of(devices[i].name()));
        }
        return TargetDefinition.of(name(which), number, List.of(units)).withoutPowerOnAttention();
    }

    public IscsiServer server() {
        return server;
    }

    /** The target of a name. */
    public IscsiTarget target(String which) {
        return server.target(name(which)).orElseThrow();
    }

    /** The port of a portal, in the order of the configuration. */
    public int port(int portal) {
        return server.portals().get(portal).address().getPort();
    }

    /** Logs in to a target through a portal. */
    RawInitiator login(int portal, String which, String initiator, long isid) throws IOException {
        RawInitiator raw = new RawInitiator(port(portal));
        Response.LoginResponse response = (Response.LoginResponse)
                raw.loginTo(name(which), initiator, isid, 0, 0, "").header();
        if (response.statusClass() != 0) {
            raw.close();
            throw new IOException("login refused: " + response);
        }
        return raw;
    }

    /** A session that does nothing, until it is closed. */
    public AutoCloseable hold(int portal, String which, String initiator) throws IOException {
        return login(portal, which, initiator, 1);
    }

    /** The status of a login to a target through a portal, class and detail, and the keys that come with it. */
    Answer attempt(int portal, String which, String initiator, long isid, String moreKeys) throws IOException {
        try (RawInitiator raw = new RawInitiator(port(portal))) {
            RawInitiator.Received received = raw.loginTo(name(which), initiator, isid, 0, 0, moreKeys);
            Response.LoginResponse response = (Response.LoginResponse) received.header();
            return new Answer(
                    response.statusClass() << 8 | response.statusDetail(),
                    new String(received.data(), StandardCharsets.UTF_8));
        }
    }

    /** How a login was answered. */
    record Answer(int status, String keys) {}

    /** Asks for targets in a discovery session. */
    String discover(int portal, String initiator, String value, String moreKeys) throws IOException {
        try (RawInitiator raw = new RawInitiator(port(portal))) {
            Response.LoginResponse response = raw.login(initiator, 1, "SessionType=Discovery\0" + moreKeys);
            if (response.statusClass() != 0) {
                throw new IOException("login refused: " + response);
            }
            return raw.sendTargets(value);
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
