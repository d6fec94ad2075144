package dev.quoin.tools.reservation;

import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceProvider;
import dev.quoin.device.WriteMode;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.client.DlmClient;
import dev.quoin.dlm.client.DlmClientConfig;
import dev.quoin.dlm.security.Security;
import dev.quoin.iscsi.IscsiTarget;
import dev.quoin.iscsi.IscsiTargetConfig;
import dev.quoin.iscsi.initiator.InitiatorConfig;
import dev.quoin.iscsi.initiator.IscsiDevice;
import dev.quoin.iscsi.initiator.IscsiUrl;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.UnitIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;

/**
 * A node that serves a unit which it reaches at a store in common with others, here or as a process of its own: {@code NAME DLM-SERVER
 * LEASE-MILLIS STORE-PORT}. The process prints its port. It also writes to a block of the unit all the time without asking whether it may, as
 * a command would that had passed all checks when the node was paused.
 */
final class ServingNode implements AutoCloseable {

    static final String STORE = "iqn.2026-11.dev.quoin:store";
    static final String UNIT = "shared";
    static final int BLOCK = 512;

    /** The block that a process writes to without asking. */
    static final int CARELESS_BLOCK = 7;

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final LockClient session;
    private final IscsiDevice disk;
    private final IscsiTarget target;

    ServingNode(String name, String dlmServer, Duration lease, int storePort) throws IOException {
        session = DlmClient.connect(DlmClientConfig.of(name, List.of(dlmServer), Security.off())
                .timeouts(PATIENCE, PATIENCE)
                .lease(lease));
        disk = open(storePort, STORE, name);
        target = IscsiTarget.start(IscsiTargetConfig.of(
                        "iqn.2026-11.dev.quoin:" + name,
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        List.of(new LogicalUnit(0, disk, UnitIdentity.of(UNIT))))
                .withReservations(new SharedReservations(session)));
    }

    static String initiator(String name) {
        return "iqn.2026-11.dev.quoin:" + name;
    }

    static IscsiDevice open(int port, String target, String initiator) throws DeviceException {
        return IscsiDevice.open(
                new IscsiUrl("127.0.0.1", port, target, 0, null),
                InitiatorConfig.of(initiator(initiator)).withTimeouts(PATIENCE, PATIENCE, PATIENCE),
                DeviceProvider.Access.READ_WRITE);
    }

    /** Logs in to the unit. */
    IscsiDevice open(String initiator) throws DeviceException {
        return open(target.port(), target.name(), initiator);
    }

    @Override
    public void close() {
        target.close();
        disk.close();
        session.close();
    }

    public static void main(String[] arguments) throws IOException {
        ServingNode node = new ServingNode(
                arguments[0],
                arguments[1],
                Duration.ofMillis(Long.parseLong(arguments[2])),
                Integer.parseInt(arguments[3]));
        System.out.println("port " + node.target.port());
        for (int count = 1; ; count++) {
            BlockIo.write(
                    node.disk,
                    (long) CARELESS_BLOCK * BLOCK,
                    ByteBuffer.allocate(BLOCK).putInt(0, count),
                    WriteMode.CACHED);
        }
    }
}
