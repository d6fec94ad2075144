package dev.quoin.tools.node;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceProvider;
import dev.quoin.device.WriteMode;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.client.DlmClient;
import dev.quoin.dlm.client.DlmClientConfig;
import dev.quoin.dlm.security.Security;
import dev.quoin.iscsi.initiator.InitiatorConfig;
import dev.quoin.iscsi.initiator.IscsiDevice;
import dev.quoin.iscsi.initiator.IscsiUrl;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;

/**
 * A process that holds a lock and writes under it without ever asking whether it still has it, as a node does that was paused between the question
 * and the write: {@code NODE VOLUME DLM-SERVER LEASE-MILLIS POLICY URL}. It reaches the volume under the initiator name of its session.
 */
final class CarelessMount {

    static final String DISK = "disk";
    static final int BLOCK = 4096;

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private CarelessMount() {}

    public static void main(String[] arguments) throws Exception {
        SessionEndPolicy policy = SessionEndPolicy.valueOf(arguments[4]);
        LockClient session = DlmClient.connect(
                DlmClientConfig.of(TargetFence.mount(arguments[0], arguments[1]), List.of(arguments[2]), Security.off())
                        .timeouts(PATIENCE, PATIENCE)
                        .lease(Duration.ofMillis(Long.parseLong(arguments[3]))));
        session.lockspace(policy.name(), policy)
                .acquire(ResourceName.of(DISK), LockRequest.of(LockMode.EX))
                .orThrow();
        String initiator = TargetFence.initiator(arguments[0], session.session());
        try (BlockDevice device = IscsiDevice.open(
                IscsiUrl.parse(arguments[5]), InitiatorConfig.of(initiator), DeviceProvider.Access.READ_WRITE)) {
            System.out.println("initiator " + initiator);
            for (int count = 1; ; count++) {
                BlockIo.write(device, 0, ByteBuffer.allocate(BLOCK).putInt(0, count), WriteMode.CACHED);
            }
        }
    }
}
