package dev.quoin.dlm.sim;

/**
 * How bad the world is, and what is wrong with the program on purpose.
 *
 * @param loss of how many messages between peers
 * @param duplication of how many
 * @param slow how many take up to 600 ms
 * @param breaks how many messages between clients and peers break the stream
 * @param drift by how much clocks run too fast or too slow at most
 * @param weakness a bug that is put in, to see whether it is found
 */
public record Troubles(double loss, double duplication, double slow, double breaks, double drift, Weakness weakness) {

    /** Bugs to be found. */
    public enum Weakness {
        NONE,
        /** Entries count as stored before they are, and a kill loses them. */
        FORGETFUL_DISK,
        /** One peer too few counts as a majority. */
        SMALL_MAJORITY,
        /** A leader confirms keepalives at once, without an entry that proves that it leads, and does not notice that it is alone. */
        LEASE_WITHOUT_PROOF,
        /** The clocks of clients run 40 % too slow. */
        SLOW_CLIENT_CLOCK,
        /** A new leader goes on with what it thinks is left of the leases, which is nothing. */
        IMPATIENT_LEADER,
        /** A follower takes entries without a look at what stands before them. */
        GULLIBLE_FOLLOWER
    }

    public static final Troubles USUAL = new Troubles(0.02, 0.02, 0.02, 0.001, 0.02, Weakness.NONE);

    Troubles with(Weakness newWeakness) {
        return new Troubles(loss, duplication, slow, breaks, drift, newWeakness);
    }
}
