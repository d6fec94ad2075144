package dev.quoin.tools.admin;

import dev.quoin.admin.proto.HealthCheck;
import dev.quoin.admin.proto.NodeInfo;
import dev.quoin.admin.proto.StatusReply;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.Node;
import java.util.List;

/** How a node and all that it serves are, as a message. */
final class StatusMessage {

    private StatusMessage() {}

    static StatusReply of(Node node, String version, ArrayAdmin arrays, TargetAdmin targets) throws Fault {
        List<HealthCheck> checks = Checks.of(node);
        var status = StatusReply.newBuilder()
                .setHealth(Checks.worst(checks))
                .addAllChecks(checks)
                .setNode(NodeInfo.newBuilder()
                        .setName(node.name())
                        .setVersion(version)
                        .setPid(ProcessHandle.current().pid())
                        .setStartedAt(node.startedAt().toEpochMilli())
                        .setDirectory(node.directory().path().toString()));
        node.peers().list().forEach(peer -> status.addPeers(Messages.peer(peer)));
        status.addAllArrays(arrays.list().getArraysList());
        node.volumes().list().forEach(volume -> status.addVolumes(Messages.volume(node, volume)));
        status.addAllTargets(targets.list().getTargetsList());
        node.fileSystems()
                .ifPresent(all -> all.list().forEach(state -> status.addFileSystems(Messages.fileSystem(state))));
        return status.build();
    }
}
