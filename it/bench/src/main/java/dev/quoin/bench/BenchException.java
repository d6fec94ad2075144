package dev.quoin.bench;

/** A measurement that could not be made. */
public final class BenchException extends Exception {

    private static final long serialVersionUID = 1L;

    /** Says what was found, what was expected and what to do next. */
    public BenchException(String message) {
        super(message);
    }

    /** As the other constructor, with what caused it. */
    public BenchException(String message, Throwable cause) {
        super(message, cause);
    }
}
