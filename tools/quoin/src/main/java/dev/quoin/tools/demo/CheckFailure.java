package dev.quoin.tools.demo;

/** What a step was to prove does not hold. */
final class CheckFailure extends Exception {

    private static final long serialVersionUID = 1L;

    /** Says what was found and what was expected. */
    CheckFailure(String message) {
        super(message);
    }
}
