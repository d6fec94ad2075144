package dev.quoin.dlm.client.session;

import java.util.concurrent.ScheduledExecutorService;

/** What carries a session's frames to the servers and back. Internal. */
public interface Carrier {

    /** The session has something to send; the carrier calls {@link ClientSession#drainInto} soon, on any thread. */
    void wake(ClientSession session);

    /** The session will send nothing any more and wants no more calls. */
    void retire(ClientSession session);

    /** For timeouts; tasks are short. */
    ScheduledExecutorService timer();
}
