package dev.quoin.dlm.server;

import dev.quoin.dlm.wire.Outlet;
import java.util.List;

/** The way back to one client process, which can be ended. Any thread may use it; equal only to itself. */
interface ClientOutlet extends Outlet {

    /** Who it leads to. */
    Caller caller();

    /** Sends the client to the leader, if known, and ends the stream. */
    void redirect(List<String> leader);

    /** The client has gone. */
    void gone();
}
