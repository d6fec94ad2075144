package dev.quoin.tools.fault;

/**
 * What a user is told when something cannot be done.
 *
 * <p>The message says what was found and what was expected; {@link #next} says what to do, and is a command where one helps.
 */
public final class Fault extends Exception {

    private static final long serialVersionUID = 1L;

    private final ExitCode code;
    private final String object;
    private final String next;

    /**
     * Describes a fault.
     *
     * @param code how the command ends
     * @param object what it is about, such as {@code array main}
     * @param message what was found and what was expected
     * @param next what to do
     */
    public Fault(ExitCode code, String object, String message, String next) {
        super(message);
        this.code = code;
        this.object = object;
        this.next = next;
    }

    /** As the constructor, with what caused it. */
    public Fault(ExitCode code, String object, String message, String next, Throwable cause) {
        super(message, cause);
        this.code = code;
        this.object = object;
        this.next = next;
    }

    /** A fault of the command line or of a configuration. */
    public static Fault usage(String object, String message, String next) {
        return new Fault(ExitCode.USAGE, object, message, next);
    }

    /** A fault that says that something does not exist. */
    public static Fault notFound(String object, String message, String next) {
        return new Fault(ExitCode.NOT_FOUND, object, message, next);
    }

    /** A fault that says that something is in use or exists already. */
    public static Fault conflict(String object, String message, String next) {
        return new Fault(ExitCode.CONFLICT, object, message, next);
    }

    /** A fault of an operation that was tried and did not work. */
    public static Fault failed(String object, String message, String next, Throwable cause) {
        return new Fault(ExitCode.FAILED, object, message, next, cause);
    }

    /** How the command ends. */
    public ExitCode code() {
        return code;
    }

    /** What it is about. */
    public String object() {
        return object;
    }

    /** What was found and what was expected. */
    public String message() {
        return String.valueOf(getMessage());
    }

    /** What to do. */
    public String next() {
        return next;
    }
}
