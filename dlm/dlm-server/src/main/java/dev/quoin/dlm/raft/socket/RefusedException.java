package dev.quoin.dlm.raft.socket;

import java.io.IOException;

/** One of the two ends does not want the other. */
final class RefusedException extends IOException {

    private static final long serialVersionUID = 1L;

    RefusedException(@org.jspecify.annotations.Nullable String message) {
        super(message);
    }
}
