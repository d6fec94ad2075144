package dev.quoin.dlm.raft.socket;

import java.io.IOException;

/** The other end does not keep to the format; the connection cannot be used any more. */
final class BadFrameException extends IOException {

    private static final long serialVersionUID = 1L;

    BadFrameException(String message) {
        super(message);
    }

    BadFrameException(String message, Throwable cause) {
        super(message, cause);
    }
}
