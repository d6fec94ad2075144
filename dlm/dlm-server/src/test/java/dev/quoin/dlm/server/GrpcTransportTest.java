package dev.quoin.dlm.server;

import dev.quoin.dlm.raft.RaftTransport;

/** The log over gRPC. */
class GrpcTransportTest extends TransportSuite {

    @Override
    RaftTransport transport() {
        return RaftTransport.GRPC;
    }
}
