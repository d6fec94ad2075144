package dev.quoin.dlm.sim;

import dev.quoin.dlm.proto.LogBatch;
import org.jspecify.annotations.Nullable;

/** What a simulated log drives. */
public interface SimMachine {

    void apply(LogBatch batch, @Nullable Object submission);

    /** All of the state. */
    Object image();

    void restore(@Nullable Object image);

    long digest();

    void leading();

    void notLeading();
}
