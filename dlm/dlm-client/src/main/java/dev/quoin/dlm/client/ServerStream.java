package dev.quoin.dlm.client;

import dev.quoin.dlm.proto.ClientFrame;
import org.jspecify.annotations.Nullable;

/**
 * One stream to one server, from its opening to its end. What comes by it goes to {@link Connection#take}, its end to {@link
 * Connection#failed}, and when it takes frames again it calls {@link Connection#drain}. Any thread may use it; equal only to itself.
 */
interface ServerStream {

    /** Makes the streams of a connection. */
    @FunctionalInterface
    interface Factory {
        /** A stream that is not started yet. */
        ServerStream open(Connection connection, long number, String address);
    }

    /** Begins; from now on the connection is called back, perhaps before this returns. */
    void start();

    /** Rises with each stream of the connection, from 1. */
    long number();

    /** Of the server. */
    String address();

    /** Whether it takes a frame now. */
    boolean isReady();

    /** Sends a frame, or drops it and ends. Does not block. */
    void send(ClientFrame frame);

    /** Runs a task soon, so that what is asked for until then goes in one frame. Does not block. */
    default void soon(Runnable task) {
        task.run();
    }

    /** The same, at once if there is no stream. */
    static void soonOrNow(@Nullable ServerStream stream, Runnable task) {
        if (stream == null) {
            task.run();
        } else {
            stream.soon(task);
        }
    }

    /** The server at its other end leads. */
    void proves();

    /** Whether that was said of it. */
    boolean hasProved();

    /** Ends the stream. Idempotent; does not block. */
    void end();
}
