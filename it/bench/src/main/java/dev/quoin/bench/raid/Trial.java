package dev.quoin.bench.raid;

import dev.quoin.bench.BenchException;
import java.nio.file.Path;

/** One measure of one contestant, with what it needs open. Used by one thread. */
interface Trial extends AutoCloseable {

    /** Opens a trial. */
    interface Opener {
        /**
         * Opens it. Blocking.
         *
         * @param directory empty, for its files
         */
        Trial open(Path directory) throws BenchException;
    }

    /** Measures once. Blocking. */
    double run() throws BenchException;

    @Override
    void close();
}
