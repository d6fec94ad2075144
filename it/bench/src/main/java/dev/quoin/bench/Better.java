package dev.quoin.bench;

/** Which way a measure is good. */
public enum Better {
    /** More is better: operations a second. */
    HIGHER,
    /** Less is better: time for an operation. */
    LOWER;

    /** How many times better {@code own} is than {@code peer}: above 1 is better. */
    public double ratio(double own, double peer) {
        return this == HIGHER ? own / peer : peer / own;
    }
}
