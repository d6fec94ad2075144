package dev.quoin.bench;

/** A system under measurement: Quoin, or a peer. Opened for one run of an area. Used by one thread. */
public interface Contestant extends AutoCloseable {

    /** {@code quoin}, or the peer's name. */
    String name();

    /** Whether it takes part in a measure. Quoin takes part in all. */
    default boolean takesPart(Measure measure) {
        return true;
    }

    /**
     * Gets ready for a measure, so that what follows is the steady state. Blocking.
     *
     * @throws BenchException if it does not work
     */
    void warmUp(Measure measure) throws BenchException;

    /**
     * Measures once. Blocking.
     *
     * @return the figure in the measure's unit
     * @throws BenchException if it does not work
     */
    double run(Measure measure) throws BenchException;

    @Override
    void close();
}
