package dev.quoin.iscsi.unit;

import dev.quoin.iscsi.reservation.AccessRules;
import dev.quoin.iscsi.reservation.Nexus;
import dev.quoin.iscsi.reservation.PrDecision;
import dev.quoin.iscsi.reservation.PrImage;
import dev.quoin.iscsi.reservation.PrOrder;
import dev.quoin.iscsi.reservation.PrRules;
import dev.quoin.iscsi.reservation.PrState;
import dev.quoin.iscsi.scsi.ScsiCommand;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The reservations of one unit. What is asked for is decided one after another, and in force once it is kept. Any thread may use it.
 */
public final class Reservations {

    private static final Logger LOG = LoggerFactory.getLogger(Reservations.class);

    /** How often an order is decided anew because somebody else saved meanwhile. */
    private static final int TRIES = 8;

    private final String unit;
    private final ReservationStore store;
    private final CompletableFuture<Void> opened;
    private CompletableFuture<?> last;
    private volatile PrState state = PrState.NONE;
    private volatile @Nullable Nexus reservedBy;

    // Only by the order that is being decided.
    private long revision;

    private Reservations(String unit, ReservationStore store) {
        this.unit = unit;
        this.store = store;
        opened = load().thenRun(() -> {
            if (!state.survivesPowerLoss()) {
                // The target was off, which ends what was not to survive that.
                state = PrState.NONE;
            }
        });
        last = opened;
    }

    /** Those of a unit, as they were kept. What is asked of them waits until they are loaded. */
    public static Reservations open(String unit, ReservationStore store) {
        return new Reservations(unit, store);
    }

    private CompletableFuture<Void> load() {
        return store.load(unit).thenAccept(found -> {
            if (found.isEmpty()) {
                state = PrState.NONE;
                revision = 0;
                return;
            }
            try {
                state = PrImage.decode(found.get().image());
                revision = found.get().revision();
            } catch (IOException damaged) {
                throw new CompletionException(damaged);
            }
        });
    }

    /** Registrations and reservation now. */
    public PrState state() {
        return state;
    }

    /** Completes when what was kept is loaded; fails if it cannot be. The unit must not be served before. */
    public CompletableFuture<Void> opened() {
        return opened;
    }

    /** Whether nothing that anybody does can conflict. Cheap. */
    public boolean isFree() {
        return reservedBy == null && state.reservation() == null;
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

    /** Carries out PERSISTENT RESERVE OUT. The future completes when it is kept; it fails if it could not be. */
    public synchronized CompletableFuture<PrDecision> order(Nexus from, PrOrder order) {
        CompletableFuture<PrDecision> decided = opened.thenCombine(
                        last.handle((nothing, failure) -> null), (loaded, before) -> null)
                .thenCompose(nothing -> decide(from, order, TRIES));
        last = decided;
        return decided;
    }

    private CompletableFuture<PrDecision> decide(Nexus from, PrOrder order, int tries) {
        PrDecision decision = PrRules.decide(state, from, order);
        if (!(decision instanceof PrDecision.Done(PrState next, var told, var aborted)) || next.equals(state)) {
            return CompletableFuture.completedFuture(decision);
        }
        return store.save(unit, PrImage.encode(next), revision).thenCompose(saved -> {
            if (saved.isPresent()) {
                revision = saved.getAsLong();
                state = next;
                return CompletableFuture.completedFuture(decision);
            }
            if (tries == 0) {
                throw new CompletionException(new IOException("the reservations of unit " + unit + " were changed "
                        + TRIES + " times by others meanwhile: try again"));
            }
            LOG.info("reservations were changed elsewhere, deciding anew unit={}", unit);
            return load().thenCompose(nothing -> decide(from, order, tries - 1));
        });
    }
}
