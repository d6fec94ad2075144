package dev.quoin.bench;

import java.nio.file.Path;
import java.util.List;

/** A field in which Quoin is measured. */
public interface Area {

    /** As in {@code ./bench NAME}. */
    String name();

    /** What can be measured, in the order in which it is. */
    List<Measure> measures();

    /**
     * Starts the contestants, Quoin first. A peer that is not there is named to {@code programs} as skipped and left out.
     *
     * @param directory empty, deleted after the run
     * @throws BenchException if Quoin cannot be measured
     */
    List<Contestant> open(Path directory, Programs programs) throws BenchException;
}
