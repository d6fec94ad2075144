package dev.quoin.iscsi.reservation;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Registrations and reservation of one unit. Immutable.
 *
 * @param generation counts the changes of registrations (PRGENERATION)
 * @param registrants in the order in which they registered
 * @param reservation null if there is none
 * @param survivesPowerLoss what the last registration said (APTPL)
 */
public record PrState(
        int generation,
        List<Registrant> registrants,
        @Nullable Reservation reservation,
        boolean survivesPowerLoss) {

    /** Nobody is registered and nothing reserved. */
    public static final PrState NONE = new PrState(0, List.of(), null, false);

    /** The most registrants of one unit. */
    public static final int REGISTRANTS_MAX = 256;

    public PrState {
        registrants = List.copyOf(registrants);
    }

    /** The registration of a nexus. */
    public Optional<Registrant> registrant(Nexus nexus) {
        return registrants.stream().filter(one -> one.nexus().equals(nexus)).findFirst();
    }

    /** Whether the nexus holds the reservation. */
    public boolean isHeldBy(Nexus nexus) {
        Reservation held = reservation;
        return held != null
                && (held.type().heldByAll()
                        ? registrant(nexus).isPresent()
                        : held.holder().equals(nexus));
    }

    /** The key of the holder; 0 if all registrants hold it, or there is no reservation. */
    public long holderKey() {
        Reservation held = reservation;
        return held == null || held.type().heldByAll()
                ? 0
                : registrant(held.holder()).map(Registrant::key).orElse(0L);
    }

    /** Whether a command of a nexus conflicts with the reservation (SPC-4 5.13.1, SBC-4 4.12). */
    public boolean conflicts(Nexus nexus, Access access) {
        Reservation held = reservation;
        if (held == null || access == Access.ALWAYS || isHeldBy(nexus)) {
            return false;
        }
        if (held.type().admitsRegistrants() && registrant(nexus).isPresent()) {
            return false;
        }
        return access == Access.CHANGE || held.type().excludesReads();
    }
}
