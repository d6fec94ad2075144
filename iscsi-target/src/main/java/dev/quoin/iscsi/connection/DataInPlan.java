package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.login.SessionParameters;

/**
 * How the data of a read is cut into Data-In PDUs (RFC 7143 11.7): none longer than the initiator takes, none over the end of a
 * burst, and where possible each of whole blocks, so that the device can read straight into it.
 */
final class DataInPlan {

    private final int maxBurst;
    private final int segment;
    private final boolean direct;

    /**
     * A plan for the units of one block size.
     *
     * @param blockSize in bytes
     */
    DataInPlan(SessionParameters parameters, int blockSize) {
        maxBurst = parameters.maxBurstLength();
        int longest = Math.min(parameters.maxSendLength(), maxBurst);
        segment = longest >= blockSize ? longest - longest % blockSize : longest;
        direct = segment % blockSize == 0 && maxBurst % blockSize == 0;
    }

    /** Whether every PDU but a cut last one holds whole blocks. */
    boolean direct() {
        return direct;
    }

    /** The length of the PDU that starts at {@code done} of {@code total} bytes. */
    int length(int done, int total) {
        return Math.min(Math.min(segment, maxBurst - done % maxBurst), total - done);
    }

    /** Whether the PDU that ends at {@code end} of {@code total} bytes ends a sequence. */
    boolean endsSequence(int end, int total) {
        return end == total || end % maxBurst == 0;
    }

    /** At most this many PDUs are needed for {@code total} bytes. */
    int countMax(int total) {
        return total / segment + total / maxBurst + 2;
    }

    /** The length of a PDU that is not cut. */
    int segment() {
        return segment;
    }
}
