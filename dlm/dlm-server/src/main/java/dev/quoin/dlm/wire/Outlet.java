package dev.quoin.dlm.wire;

import dev.quoin.dlm.proto.ServerFrame;

/** A way to one client process; equal only to itself. */
public interface Outlet {

    /** Sends a frame, or drops it if the client is gone. Does not block; any thread. */
    void send(ServerFrame frame);
}
