package dev.quoin.dlm.api;

/**
 * Names one session; never used again after the session has ended.
 *
 * @param value positive, rises with each session opened
 */
public record SessionId(long value) implements Comparable<SessionId> {

    public SessionId {
        if (value <= 0) {
            throw new IllegalArgumentException("session id " + value + " found, a positive number expected");
        }
    }

    @Override
    public int compareTo(SessionId other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return Long.toString(value);
    }
}
