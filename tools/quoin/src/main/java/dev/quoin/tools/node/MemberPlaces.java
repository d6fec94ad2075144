package dev.quoin.tools.node;

import dev.quoin.raid.ArrayStatus;
import dev.quoin.raid.ArrayStatus.MemberStatus;
import dev.quoin.tools.node.NodeRecords.ArrayRecord;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the members of an array are, and where those were last that are not there: an array that starts without a member does not know
 * what it was on, the records of the node do. Its own lock guards it.
 */
final class MemberPlaces {

    private final List<MemberPlace> last;

    private MemberPlaces(List<MemberPlace> last) {
        this.last = new ArrayList<>(last);
    }

    /** Those of a record; nothing is known without one. */
    static MemberPlaces of(@Nullable ArrayRecord record) {
        return new MemberPlaces(record == null ? List.of() : record.places());
    }

    /** Those of an array as it is now, by role. */
    synchronized List<MemberPlace> now(ArrayStatus status) {
        for (MemberStatus member : status.members()) {
            while (last.size() <= member.role()) {
                last.add(MemberPlace.UNKNOWN);
            }
            MemberPlace found = MemberPlace.of(member);
            if (found != null) {
                last.set(member.role(), found);
            }
        }
        return List.copyOf(last.subList(0, status.members().size()));
    }

    /** Forgets where a member was that was taken out of the table. */
    synchronized void forget(int role) {
        if (role < last.size()) {
            last.set(role, MemberPlace.UNKNOWN);
        }
    }
}
