package dev.quoin.dlm.core;

import java.io.IOException;

/** A snapshot record that is not as it must be. */
public final class StateFormatException extends IOException {

    private static final long serialVersionUID = 1L;

    /** Names the record, what was found and what to do. */
    public StateFormatException(String message) {
        super(message);
    }
}
