package dev.quoin.dlm.api;

/** A lock request ended in something else than a grant. */
public final class LockNotGrantedException extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient LockOutcome outcome;

    /** Names the outcome. */
    public LockNotGrantedException(LockOutcome outcome) {
        super("lock not granted: " + outcome);
        this.outcome = outcome;
    }

    /** How the request ended. */
    public LockOutcome outcome() {
        return outcome;
    }
}
