package dev.quoin.iscsi.reservation;

import dev.quoin.iscsi.reservation.PrDecision.Conflict;
import dev.quoin.iscsi.reservation.PrDecision.Done;
import dev.quoin.iscsi.reservation.PrDecision.Refused;
import dev.quoin.iscsi.scsi.SenseCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The rules of PERSISTENT RESERVE OUT (SPC-4 5.13.5 to 5.13.11). Stateless. */
public final class PrRules {

    private PrRules() {}

    /** What an order of a nexus comes to. */
    public static PrDecision decide(PrState state, Nexus from, PrOrder order) {
        if (order instanceof PrOrder.Register register) {
            return register(state, from, register);
        }
        long key = key(order);
        Optional<Registrant> own = state.registrant(from);
        if (own.isEmpty() || own.get().key() != key) {
            return new Conflict();
        }
        return switch (order) {
            case PrOrder.Register register -> register(state, from, register);
            case PrOrder.Reserve reserve -> reserve(state, from, reserve);
            case PrOrder.Release release -> release(state, from, release);
            case PrOrder.Clear clear -> clear(state, from);
            case PrOrder.Preempt preempt -> preempt(state, from, preempt);
            case PrOrder.Move move -> move(state, own.get(), move);
        };
    }

    private static long key(PrOrder order) {
        return switch (order) {
            case PrOrder.Register o -> o.key();
            case PrOrder.Reserve o -> o.key();
            case PrOrder.Release o -> o.key();
            case PrOrder.Clear o -> o.key();
            case PrOrder.Preempt o -> o.key();
            case PrOrder.Move o -> o.key();
        };
    }

    /** SPC-4 5.13.7. */
    private static PrDecision register(PrState state, Nexus from, PrOrder.Register order) {
        Optional<Registrant> own = state.registrant(from);
        if (!order.ignoreKey() && order.key() != own.map(Registrant::key).orElse(0L)) {
            return new Conflict();
        }
        if (own.isPresent() && !order.others().isEmpty()) {
            return new Refused(SenseCode.INVALID_FIELD_IN_PARAMETER_LIST);
        }
        if (order.newKey() == 0) {
            return unregister(state, from, order);
        }
        List<Registrant> all = new ArrayList<>(state.registrants());
        List<Nexus> registered = new ArrayList<>(order.others());
        registered.addFirst(from);
        // Of several ports each has a registration of its own, which may end alone: then none of them is for all ports.
        boolean forAll = order.allPorts().size() == 1;
        for (Nexus nexus : registered) {
            for (Nexus through : through(nexus, order.allPorts())) {
                put(all, new Registrant(through, order.newKey(), forAll));
            }
        }
        return all.size() > PrState.REGISTRANTS_MAX
                ? new Refused(SenseCode.INSUFFICIENT_REGISTRATION_RESOURCES)
                : Done.quietly(
                        new PrState(state.generation() + 1, all, state.reservation(), order.survivesPowerLoss()));
    }

    /** The nexus itself, and those of the same initiator port through all these ports. */
    private static List<Nexus> through(Nexus nexus, List<Integer> ports) {
        List<Nexus> all = new ArrayList<>();
        all.add(nexus);
        for (int port : ports) {
            if (port != nexus.targetPort()) {
                all.add(new Nexus(nexus.initiator(), nexus.isid(), port));
            }
        }
        return all;
    }

    private static void put(List<Registrant> all, Registrant one) {
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).nexus().equals(one.nexus())) {
                all.set(i, one);
                return;
            }
        }
        all.add(one);
    }

    /** SPC-4 5.13.11.3: a reservation goes with its holder, one that all hold with the last of them. */
    private static PrDecision unregister(PrState state, Nexus from, PrOrder.Register order) {
        List<Nexus> leaving = through(from, order.allPorts());
        List<Registrant> rest = without(state, one -> leaving.contains(one.nexus()));
        if (rest.size() == state.registrants().size()) {
            return Done.quietly(state);
        }
        Reservation held = state.reservation();
        boolean goes = held != null && (held.type().heldByAll() ? rest.isEmpty() : leaving.contains(held.holder()));
        Map<Nexus, SenseCode> told = new HashMap<>();
        if (goes && held.type().admitsRegistrants()) {
            tell(told, rest, null, SenseCode.RESERVATIONS_RELEASED);
        }
        return new Done(
                new PrState(state.generation() + 1, rest, goes ? null : held, order.survivesPowerLoss()),
                told,
                List.of());
    }

    private static List<Registrant> without(PrState state, Predicate<Registrant> gone) {
        return state.registrants().stream().filter(gone.negate()).toList();
    }

    private static void tell(Map<Nexus, SenseCode> told, List<Registrant> whom, @Nullable Nexus but, SenseCode what) {
        for (Registrant one : whom) {
            if (!one.nexus().equals(but)) {
                told.putIfAbsent(one.nexus(), what);
            }
        }
    }

    /** SPC-4 5.13.9. */
    private static PrDecision reserve(PrState state, Nexus from, PrOrder.Reserve order) {
        Reservation held = state.reservation();
        if (held != null) {
            return state.isHeldBy(from) && held.type() == order.type() ? Done.quietly(state) : new Conflict();
        }
        return Done.quietly(new PrState(
                state.generation(),
                state.registrants(),
                new Reservation(order.type(), from),
                state.survivesPowerLoss()));
    }

    /** SPC-4 5.13.11.2. */
    private static PrDecision release(PrState state, Nexus from, PrOrder.Release order) {
        Reservation held = state.reservation();
        if (held == null || !state.isHeldBy(from)) {
            return Done.quietly(state);
        }
        if (held.type() != order.type()) {
            return new Refused(SenseCode.INVALID_RELEASE_OF_PERSISTENT_RESERVATION);
        }
        Map<Nexus, SenseCode> told = new HashMap<>();
        if (held.type().admitsRegistrants()) {
            tell(told, state.registrants(), from, SenseCode.RESERVATIONS_RELEASED);
        }
        return new Done(
                new PrState(state.generation(), state.registrants(), null, state.survivesPowerLoss()), told, List.of());
    }

    /** SPC-4 5.13.11.6. */
    private static PrDecision clear(PrState state, Nexus from) {
        Map<Nexus, SenseCode> told = new HashMap<>();
        tell(told, state.registrants(), from, SenseCode.RESERVATIONS_PREEMPTED);
        return new Done(
                new PrState(state.generation() + 1, List.of(), null, state.survivesPowerLoss()), told, List.of());
    }

    /** SPC-4 5.13.11.4. */
    private static PrDecision preempt(PrState state, Nexus from, PrOrder.Preempt order) {
        Reservation held = state.reservation();
        boolean heldByAll = held != null && held.type().heldByAll();
        boolean takesOver = held != null && (heldByAll ? order.victim() == 0 : order.victim() == state.holderKey());
        if (order.victim() == 0 && !heldByAll) {
            return new Refused(SenseCode.INVALID_FIELD_IN_PARAMETER_LIST);
        }
        // Who takes the reservation over stays; who only ends registrations may end its own with the others.
        Predicate<Registrant> gone = one -> ((heldByAll && order.victim() == 0) || one.key() == order.victim())
                && !(takesOver && one.nexus().equals(from));
        List<Registrant> victims = state.registrants().stream().filter(gone).toList();
        if (!takesOver && victims.isEmpty()) {
            return new Conflict();
        }
        List<Registrant> rest = without(state, gone);
        Map<Nexus, SenseCode> told = new HashMap<>();
        tell(told, victims, from, SenseCode.REGISTRATIONS_PREEMPTED);
        Reservation next = held;
        if (takesOver) {
            next = new Reservation(order.type(), from);
            if (held.type() != order.type()) {
                tell(told, rest, from, SenseCode.RESERVATIONS_RELEASED);
            }
        } else if (held != null && (heldByAll ? rest.isEmpty() : gone.test(holder(state, held)))) {
            next = null;
        }
        List<Nexus> aborted = order.abort()
                ? victims.stream()
                        .map(Registrant::nexus)
                        .filter(nexus -> !nexus.equals(from))
                        .toList()
                : List.of();
        return new Done(new PrState(state.generation() + 1, rest, next, state.survivesPowerLoss()), told, aborted);
    }

    private static Registrant holder(PrState state, Reservation held) {
        return state.registrant(held.holder())
                .orElseThrow(() -> new IllegalStateException("holder " + held.holder() + " is not registered"));
    }

    /** SPC-4 5.13.8. */
    private static PrDecision move(PrState state, Registrant own, PrOrder.Move order) {
        Reservation held = state.reservation();
        if (held == null || held.type().heldByAll() || !held.holder().equals(own.nexus())) {
            return new Conflict();
        }
        if (order.newKey() == 0 || order.to().equals(own.nexus())) {
            return new Refused(SenseCode.INVALID_FIELD_IN_PARAMETER_LIST);
        }
        List<Registrant> all =
                new ArrayList<>(order.unregister() ? without(state, one -> one.equals(own)) : state.registrants());
        put(all, new Registrant(order.to(), order.newKey(), false));
        return all.size() > PrState.REGISTRANTS_MAX
                ? new Refused(SenseCode.INSUFFICIENT_REGISTRATION_RESOURCES)
                : Done.quietly(new PrState(
                        state.generation() + 1,
                        all,
                        new Reservation(held.type(), order.to()),
                        order.survivesPowerLoss()));
    }
}
