package dev.quoin.tools.reservation;

import dev.quoin.dlm.api.LockClient;
import dev.quoin.iscsi.reservation.PrImage;
import dev.quoin.iscsi.reservation.PrState;
import dev.quoin.iscsi.unit.ReservationStore;
import java.io.IOException;

/**
 * Persistent reservations in the registry of the lock manager: they outlive the node, and no two nodes that serve a unit ever act by different
 * ones once a change is answered.
 *
 * <p>Each change makes a new revision of the unit's entry. A node holds a lock on the revision by which it acts, and moves on when it hears that
 * it stands in the way of somebody who waits for the revision to be left. Who makes a change excludes other changes meanwhile, and answers when
 * nobody holds the revision before any more. The locks of a node that has died, or was paused past its lease, stay held until it is fenced, so
 * a change waits until nothing of it can reach the unit.
 *
 * <pre>
 * lockspace reservations, policy HOLD_UNTIL_FENCED
 * resource SERIAL            | EX by who joins or makes a change
 * resource SERIAL#REVISION   | PR by who acts by it, CW by who waits until it is left
 * </pre>
 *
 * <p>At most two revisions are in force at once: before a change is made its maker waits until the revision before the last is left.
 */
public final class SharedReservations implements ReservationStore {

    private final LockClient session;

    /** Those of the units that a node serves under this session, which should live as long as its devices. */
    public SharedReservations(LockClient session) {
        this.session = session;
    }

    /**
     * Those of a unit at this moment, whoever serves it. Blocking.
     *
     * @throws IOException if they cannot be read
     */
    public PrState read(String unit) throws IOException {
        byte[] image = new UnitEntry(session.registry(), unit).read().image();
        return image == null ? PrState.NONE : PrImage.decode(image);
    }

    @Override
    public Membership join(String unit, Member member) {
        return new SharedMembership(new UnitLocks(session, unit), new UnitEntry(session.registry(), unit), member);
    }
}
