package dev.quoin.iscsi.reservation;

import dev.quoin.iscsi.scsi.SenseCode;
import java.util.List;
import java.util.Map;

/**
 * A change of registrations and reservation as each target that serves the unit has to carry it out.
 *
 * @param told what nexuses are told by unit attentions
 * @param aborted whose commands are aborted
 */
public record PrChange(PrState before, PrState after, Map<Nexus, SenseCode> told, List<Nexus> aborted) {

    public PrChange {
        told = Map.copyOf(told);
        aborted = List.copyOf(aborted);
    }

    /** Whether the nexus may do less than before. */
    public boolean takesFrom(Nexus nexus) {
        return (after.conflicts(nexus, Access.CHANGE) && !before.conflicts(nexus, Access.CHANGE))
                || (after.conflicts(nexus, Access.READ) && !before.conflicts(nexus, Access.READ));
    }
}
