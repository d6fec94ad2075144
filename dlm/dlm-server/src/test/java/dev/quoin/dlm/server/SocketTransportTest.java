package dev.quoin.dlm.server;

import dev.quoin.dlm.raft.RaftTransport;

/** The log over our own frames. */
class SocketTransportTest extends TransportSuite {

    @Override
    RaftTransport transport() {
        return RaftTransport.SOCKET;
    }

    @Override
    boolean findsSilentConnections() {
        return true;
    }
}
