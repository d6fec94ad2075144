package dev.quoin.dlm.client.session;

import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.SessionEndPolicy;

/** Lockspaces that are known to exist: to open one waits for the servers, which a simulation cannot. */
public final class SimSpaces {

    /** The name of the first lockspace. */
    public static final String FIRST = "sim";

    private SimSpaces() {}

    /** The first lockspace. */
    public static Lockspace first(ClientSession session) {
        return new ClientLockspace(session, FIRST, SessionEndPolicy.RELEASE, 0);
    }
}
