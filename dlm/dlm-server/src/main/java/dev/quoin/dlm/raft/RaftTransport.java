package dev.quoin.dlm.raft;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What carries the log between peers. All peers of a group must have the same one. */
public enum RaftTransport {
    /** Ratis' own, gRPC over HTTP/2. */
    GRPC,
    /** Ours, frames over plain sockets or TLS, with fewer hand-overs between threads. */
    SOCKET;

    /** What is taken if nothing is said. */
    public static final RaftTransport DEFAULT = SOCKET;

    /**
     * The one of that word: {@code grpc} or {@code socket}.
     *
     * @throws IllegalArgumentException naming what was found and what is expected
     */
    public static RaftTransport parse(String word) {
        List<String> words = Arrays.stream(values()).map(RaftTransport::word).toList();
        int at = words.indexOf(word);
        if (at < 0) {
            throw new IllegalArgumentException("transport '" + word + "' found, one of " + words + " expected");
        }
        return values()[at];
    }

    /** As it stands in a configuration. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
