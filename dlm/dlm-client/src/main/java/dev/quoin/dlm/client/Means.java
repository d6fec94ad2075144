package dev.quoin.dlm.client;

import dev.quoin.dlm.client.session.SerialExecutor;
import dev.quoin.dlm.security.Security;
import java.security.SecureRandom;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * What a connection needs of the world.
 *
 * @param streams makes the ways to the servers
 * @param timer for what happens later
 * @param random for nonces and for the length of pauses
 * @param nanos the monotonic clock, in nanoseconds
 * @param callbacks makes what runs the listeners of a session of that name, in order
 */
record Means(
        ServerStream.Factory streams,
        ScheduledExecutorService timer,
        RandomGenerator random,
        LongSupplier nanos,
        Function<String, Executor> callbacks) {

    private static final AtomicInteger COUNT = new AtomicInteger();

    /** gRPC with that security, the system's clock and chance that cannot be guessed; with a timer thread of its own. */
    static Means system(Security security) {
        ScheduledThreadPoolExecutor timer = new ScheduledThreadPoolExecutor(
                1,
                Thread.ofPlatform()
                        .name("dlm-client-timer-" + COUNT.incrementAndGet())
                        .daemon()
                        .factory());
        timer.setRemoveOnCancelPolicy(true);
        return new Means(
                (connection, number, address) -> new LeaderStream(security, connection, number, address),
                timer,
                new SecureRandom(),
                System::nanoTime,
                SerialExecutor::new);
    }
}
