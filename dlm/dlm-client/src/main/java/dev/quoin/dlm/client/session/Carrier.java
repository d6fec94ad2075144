package dev.quoin.dlm.client.session;

import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What carries a session's frames to the servers and back, and all that the session knows of time and threads: so the same
 * sessions run on a machine's clock and in simulated time. Internal.
 */
public interface Carrier {

    /** The session has something to send; the carrier calls {@link ClientSession#drainInto} soon, on any thread. */
    void wake(ClientSession session);

    /** The session will send nothing any more and wants no more calls. */
    void retire(ClientSession session);

    /** For timeouts; tasks are short. */
    ScheduledExecutorService timer();

    /** The monotonic clock by which leases and timeouts are measured, in nanoseconds. */
    default long nanos() {
        return System.nanoTime();
    }

    /** Runs a session's listeners one after the other, in order, and not on the thread that receives answers. */
    default Executor callbacks(String name) {
        return new SerialExecutor(name);
    }
}
