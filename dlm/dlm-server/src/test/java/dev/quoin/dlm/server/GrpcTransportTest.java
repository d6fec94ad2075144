package dev.quoin.dlm.server;

import dev.quoin.dlm.raft.RaftTransport;

/** The log over gRPC. */
class GrpcTransportTest extends TransportSuite {

    @Override
    RaftTransport transport() {
        return RaftTransport.GRPC;
    }

    /** TCP finds out, after a quarter of an hour. */
    @Override
    boolean findsSilentConnections() {
        return false;
    }
}
