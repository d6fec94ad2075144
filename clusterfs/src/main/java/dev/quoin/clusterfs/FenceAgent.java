package dev.quoin.clusterfs;

import dev.quoin.dlm.api.SessionId;
import java.io.IOException;

/** Cuts a node that has lost its session off from the device. */
@FunctionalInterface
public interface FenceAgent {

    /**
     * Returns when nothing that this session of the node sent, or still sends, can reach the device any more. The node may have
     * restarted under the same name: its newer sessions must not be cut off. Blocking; idempotent.
     *
     * @throws IOException if that cannot be made sure of; nothing of the node is then released, and it is tried again
     */
    void fence(String node, SessionId session) throws IOException;
}
