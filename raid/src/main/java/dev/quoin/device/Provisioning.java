package dev.quoin.device;

import java.util.Optional;

/**
 * What a device that takes space as it is written knows of that space, without asking a disk or a network. Any thread may use it;
 * nothing here blocks.
 */
public interface Provisioning {

    /** Whether the blocks of a range have space of their own (SBC-4 4.7.4). */
    enum State {
        /** They have. */
        MAPPED,
        /** They have none, read as zeroes, and take some when they are written. */
        DEALLOCATED
    }

    /**
     * A range of one state.
     *
     * @param length in bytes, from the offset that was asked about; a run may go on in the next one
     */
    record Run(State state, long length) {}

    /** The length in which space is taken and given back, in bytes: a multiple of the block size. */
    long unit();

    /**
     * The state of the block at {@code offset}, and of how many bytes from there.
     *
     * @param offset in bytes, a multiple of the block size, inside the device
     * @param length the most that is of interest, in bytes, positive, at most up to the end of the device
     */
    Run run(long offset, long length);

    /** The space that there is; empty if the device cannot run out of it before its end. */
    Optional<Space> space();
}
