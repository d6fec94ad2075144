package dev.quoin.dlm.api;

import java.io.IOException;

/** A question to the lock manager that got no answer, or a request that it refused. */
public final class DlmException extends IOException {

    private static final long serialVersionUID = 1L;

    /** Why. The order is fixed: the numbers travel over wires; new codes are appended. */
    public enum Code {
        /** No leader with a majority could be reached in time. */
        NO_QUORUM,
        /** The session has ended. */
        SESSION_LOST,
        /** A size or count beyond its limit. */
        LIMIT_EXCEEDED,
        /** Anything else about the request that is not as it must be. */
        INVALID_REQUEST,
        /** The thing asked for does not exist. */
        NOT_FOUND,
        /** The identity of the client's certificate does not allow it. */
        NOT_ALLOWED;

        private static final Code[] BY_NUMBER = values();

        /** The code of a number that came over a wire; {@link #INVALID_REQUEST} for one that this release does not know. */
        public static Code of(int number) {
            return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : INVALID_REQUEST;
        }
    }

    private final Code code;

    /** Says what was found and what was expected. */
    public DlmException(Code code, String message) {
        super(message);
        this.code = code;
    }

    /** As the other constructor, with what caused it. */
    public DlmException(Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    /** Why. */
    public Code code() {
        return code;
    }
}
