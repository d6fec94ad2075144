package dev.quoin.dlm.api;

/**
 * A number that rises strictly with every grant that changes who may use a resource. A store that keeps the highest token it
 * has seen and refuses lower ones is safe from a holder that was paused past its lease.
 *
 * @param value positive; comparable across all resources of one lock manager
 */
public record FencingToken(long value) implements Comparable<FencingToken> {

    public FencingToken {
        if (value <= 0) {
            throw new IllegalArgumentException("fencing token " + value + " found, a positive number expected");
        }
    }

    @Override
    public int compareTo(FencingToken other) {
        return Long.compare(value, other.value);
    }
}
