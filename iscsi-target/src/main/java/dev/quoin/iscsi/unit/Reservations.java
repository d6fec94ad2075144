package dev.quoin.iscsi.unit;

import dev.quoin.iscsi.reservation.AccessRules;
import dev.quoin.iscsi.reservation.Nexus;
import dev.quoin.iscsi.reservation.PrChange;
import dev.quoin.iscsi.reservation.PrDecision;
import dev.quoin.iscsi.reservation.PrImage;
import dev.quoin.iscsi.reservation.PrOrder;
import dev.quoin.iscsi.reservation.PrRules;
import dev.quoin.iscsi.reservation.PrState;
import dev.quoin.iscsi.scsi.ScsiCommand;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The reservations of one unit, as this target and all others that serve it have them. What is asked for is decided one after another, and
 * answered when it is kept and every target acts by it. Any thread may use it.
 *
 * <p>A RESERVE (6) is known to this target alone.
 */
public final class Reservations {

    /** Who has the commands that a change concerns. */
    @FunctionalInterface
    public interface Audience {
        /**
         * Carries a change out, which new commands already find.
         *
         * @return completes when no command that the change forbids, or whose nexus it aborts, can reach the unit any more
         */
        CompletableFuture<Void> changed(Reservations reservations, PrChange change);
    }

    private final ReservationStore.Membership membership;
    private final CopyOnWriteArrayList<Audience> audiences = new CopyOnWriteArrayList<>();
    private volatile PrState state = PrState.NONE;
    private volatile @Nullable Nexus reservedBy;

    /** The order whose change is being made; the next change that comes is this one. */
    private volatile @Nullable ReservationOrder committing;

    private Reservations(String unit, ReservationStore store) {
        membership = store.join(unit, new ReservationStore.Member() {
            @Override
            public CompletableFuture<Void> enforce(byte @Nullable [] image) {
                return Reservations.this.enforce(image);
            }

            @Override
            public byte @Nullable [] afterPowerLoss() {
                // The targets were off, which ends what was not to survive that.
                return state.survivesPowerLoss() || state.equals(PrState.NONE) ? null : PrImage.encode(PrState.NONE);
            }
        });
    }

    /** Those of a unit, as they were kept. What is asked of them waits until they are loaded. */
    public static Reservations open(String unit, ReservationStore store) {
        return new Reservations(unit, store);
    }

    private CompletableFuture<Void> enforce(byte @Nullable [] image) {
        PrChange change;
        try {
            change = image == null
                    ? new PrChange(state, PrState.NONE, Map.of(), List.of())
                    : PrImage.decode(state, image);
        } catch (IOException damaged) {
            return CompletableFuture.failedFuture(damaged);
        }
        state = change.after();
        ReservationOrder own = committing;
        if (own != null) {
            own.kept();
        }
        return CompletableFuture.allOf(audiences.stream()
                .map(audience -> audience.changed(this, change))
                .toArray(CompletableFuture[]::new));
    }

    /** From now on it is told of changes, once of each. */
    public void tell(Audience audience) {
        audiences.addIfAbsent(audience);
    }

    /** It has nothing to do with the unit any more. */
    public void tellNoMore(Audience audience) {
        audiences.remove(audience);
    }

    /** Registrations and reservation now. */
    public PrState state() {
        return state;
    }

    /** Completes when what was kept is loaded; fails if it cannot be. The unit must not be served before. */
    public CompletableFuture<Void> opened() {
        return membership.joined();
    }

    /** Whether what is known here is surely in force; if not, nothing may reach the unit. Cheap. */
    public boolean isCurrent() {
        return membership.isCurrent();
    }

    /** Whether all who serve the unit act by what is known here. Before that nobody may be told of it. Cheap. */
    public boolean isSettled() {
        return membership.isSettled();
    }

    /** Whether nothing that anybody does can conflict. Cheap. */
    public boolean isFree() {
        return reservedBy == null && state.reservation() == null && membership.isCurrent();
    }

    /** Whether a command of a nexus is not to be done now. */
    public boolean conflicts(Nexus nexus, ScsiCommand command) {
        Nexus holder = reservedBy;
        if (holder != null) {
            boolean persistent = command instanceof ScsiCommand.PersistentReserveIn
                    || command instanceof ScsiCommand.PersistentReserveOut;
            if (persistent || (!holder.equals(nexus) && !AccessRules.passesReserve(command))) {
                return true;
            }
        }
        return state.conflicts(nexus, AccessRules.of(command));
    }

    /** RESERVE (6): whether the nexus has the unit now (SPC-2 5.5.1; SPC-4 5.13.3 keeps the two kinds apart). */
    public synchronized boolean reserve(Nexus nexus) {
        if (!state.registrants().isEmpty()) {
            return false;
        }
        Nexus holder = reservedBy;
        if (holder != null && !holder.equals(nexus)) {
            return false;
        }
        reservedBy = nexus;
        return true;
    }

    /** RELEASE (6), or the end of the nexus: does nothing for anybody else. */
    public synchronized void release(Nexus nexus) {
        if (nexus.equals(reservedBy)) {
            reservedBy = null;
        }
    }

    /** Resets end a RESERVE (6) of anybody; persistent ones stay. */
    public synchronized void reset() {
        reservedBy = null;
    }

    /** Carries out PERSISTENT RESERVE OUT. */
    public ReservationOrder order(Nexus from, PrOrder order) {
        ReservationOrder asked = new ReservationOrder();
        membership
                .change(() -> asked.begin() ? decide(asked, from, order) : null)
                .whenComplete((nothing, failure) -> asked.end(failure));
        return asked;
    }

    private byte @Nullable [] decide(ReservationOrder asked, Nexus from, PrOrder order) {
        PrDecision decision = PrRules.decide(state, from, order);
        asked.decided(decision);
        if (!(decision instanceof PrDecision.Done(PrState next, var told, var aborted)) || next.equals(state)) {
            return null;
        }
        committing = asked;
        return PrImage.encode(new PrChange(state, next, told, aborted));
    }

    /** This target serves the unit no more: no command can reach it through this one. Idempotent. */
    public void close() {
        membership.leave();
    }
}
