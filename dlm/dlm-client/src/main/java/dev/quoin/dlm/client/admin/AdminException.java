package dev.quoin.dlm.client.admin;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A call of an operator that was not carried out, or whose outcome is not known. */
public final class AdminException extends IOException {

    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Code {
        /** No peer, or no leader, could be reached in time. */
        UNREACHABLE,
        /** The thing named does not exist. */
        NOT_FOUND,
        /** The thing to be made exists. */
        EXISTS,
        /** The request is not as it must be. */
        INVALID,
        /** The state of the group does not allow it; the message says what to do first. */
        REFUSED,
        /** The identity of the caller's certificate does not allow it. */
        NOT_ALLOWED,
        /** It was begun and did not come to its end in time: look before asking again. */
        UNKNOWN
    }

    private final Code code;

    AdminException(Code code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** Why. */
    public Code code() {
        return code;
    }
}
