package dev.quoin.raid;

import java.util.List;
import java.util.stream.Stream;

/**
 * What a rebuild did.
 *
 * @param roles the members that are current again
 * @param bytesWritten to these members
 * @param bytesSkipped because they hold nothing
 * @param blocksLost that could not be made from the other members; they read as medium errors until they are written
 * @param nanos how long it took
 */
public record RebuildReport(List<Integer> roles, long bytesWritten, long bytesSkipped, long blocksLost, long nanos) {

    static final RebuildReport NOTHING = new RebuildReport(List.of(), 0, 0, 0, 0);

    public RebuildReport {
        roles = List.copyOf(roles);
    }

    /** This and what another did after it. */
    RebuildReport and(RebuildReport next) {
        return new RebuildReport(
                Stream.concat(roles.stream(), next.roles.stream()).toList(),
                bytesWritten + next.bytesWritten,
                bytesSkipped + next.bytesSkipped,
                blocksLost + next.blocksLost,
                nanos + next.nanos);
    }
}
