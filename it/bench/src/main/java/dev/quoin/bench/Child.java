package dev.quoin.bench;

import java.io.IOException;

/** What a server in a process of its own and the bench say to each other. */
public final class Child {

    /** What a server prints when it can be used, followed by a space and anything. */
    public static final String READY = "bench-child-ready";

    private Child() {}

    /** Says that the server can be used. */
    public static void ready(String what) {
        System.out.println(READY + " " + what);
        System.out.flush();
    }

    /** Waits until the bench wants this process to end, or has ended itself. */
    public static void awaitEnd() throws IOException {
        while (System.in.read() >= 0) {
            // Only the end of the stream means anything.
        }
    }
}
