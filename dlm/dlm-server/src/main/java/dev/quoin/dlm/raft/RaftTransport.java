package dev.quoin.dlm.raft;

/** What carries the log between peers. All peers of a group must have the same one. */
public enum RaftTransport {
    /** Ratis' own, gRPC over HTTP/2. */
    GRPC,
    /** Ours, frames over plain sockets or TLS, with fewer hand-overs between threads. */
    SOCKET
}
