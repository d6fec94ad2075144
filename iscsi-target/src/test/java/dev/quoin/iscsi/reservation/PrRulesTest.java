package dev.quoin.iscsi.reservation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.iscsi.reservation.PrDecision.Conflict;
import dev.quoin.iscsi.reservation.PrDecision.Done;
import dev.quoin.iscsi.reservation.PrDecision.Refused;
import dev.quoin.iscsi.scsi.SenseCode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Proves the rules of persistent reservations (SPC-4 5.13). */
class PrRulesTest {

    private static final Nexus A = new Nexus("iqn.2026-11.test:a", 1, 1);
    private static final Nexus B = new Nexus("iqn.2026-11.test:b", 1, 1);
    private static final Nexus C = new Nexus("iqn.2026-11.test:c", 1, 1);

    private PrState state = PrState.NONE;

    private PrDecision order(Nexus from, PrOrder order) {
        PrDecision decision = PrRules.decide(state, from, order);
        if (decision instanceof Done(PrState next, var told, var aborted)) {
            state = next;
        }
        return decision;
    }

    private Done done(Nexus from, PrOrder order) {
        PrDecision decision = order(from, order);
        assertThat(decision).isInstanceOf(Done.class);
        return (Done) decision;
    }

    private static PrOrder.Register register(long key, long newKey) {
        return new PrOrder.Register(key, newKey, false, false, List.of(), List.of());
    }

    private void registerAll() {
        done(A, register(0, 0xA));
        done(B, register(0, 0xB));
        done(C, register(0, 0xC));
    }

    @Test
    void register_needsTheKeyThatIsThere() {
        assertThat(order(A, register(1, 2))).isEqualTo(new Conflict());
        done(A, register(0, 2));
        assertThat(order(A, register(0, 3))).isEqualTo(new Conflict());
        done(A, register(2, 3));
        assertThat(state.generation()).isEqualTo(2);
        assertThat(state.registrant(A).orElseThrow().key()).isEqualTo(3);
        done(A, new PrOrder.Register(99, 4, true, true, List.of(1), List.of()));
        assertThat(state.registrants()).containsExactly(new Registrant(A, 4, true));
        assertThat(state.survivesPowerLoss()).isTrue();
        done(A, register(4, 0));
        assertThat(state.registrants()).isEmpty();
    }

    @Test
    void unregistered_whoEndsNothing_changesNothing() {
        assertThat(done(A, register(0, 0)).next()).isEqualTo(PrState.NONE);
        assertThat(order(A, new PrOrder.Reserve(0, PrType.WRITE_EXCLUSIVE))).isEqualTo(new Conflict());
        assertThat(order(A, new PrOrder.Release(0, PrType.WRITE_EXCLUSIVE))).isEqualTo(new Conflict());
        assertThat(order(A, new PrOrder.Clear(0))).isEqualTo(new Conflict());
    }

    @Test
    void specifiedPorts_areRegisteredWithTheSameKey_butNotByWhoIsRegistered() {
        done(A, new PrOrder.Register(0, 7, false, false, List.of(), List.of(B, C)));
        assertThat(state.registrants().stream().map(Registrant::nexus)).containsExactly(A, B, C);
        assertThat(state.generation()).isEqualTo(1);
        assertThat(order(A, new PrOrder.Register(7, 8, false, false, List.of(), List.of(B))))
                .isEqualTo(new Refused(SenseCode.INVALID_FIELD_IN_PARAMETER_LIST));
    }

    @Test
    void registrants_areLimited() {
        for (int i = 0; i < PrState.REGISTRANTS_MAX; i++) {
            done(new Nexus("iqn.2026-11.test:n", i, 1), register(0, 1));
        }
        assertThat(order(A, register(0, 1))).isEqualTo(new Refused(SenseCode.INSUFFICIENT_REGISTRATION_RESOURCES));
    }

    @ParameterizedTest
    @EnumSource(PrType.class)
    void reserve_isForOne_orForAllRegistrants(PrType type) {
        registerAll();
        done(A, new PrOrder.Reserve(0xA, type));
        assertThat(state.generation()).isEqualTo(3);
        assertThat(state.holderKey()).isEqualTo(type.heldByAll() ? 0 : 0xA);
        done(A, new PrOrder.Reserve(0xA, type));
        PrDecision other = order(B, new PrOrder.Reserve(0xB, type));
        assertThat(other instanceof Done).isEqualTo(type.heldByAll());
        PrType another = type == PrType.WRITE_EXCLUSIVE ? PrType.EXCLUSIVE_ACCESS : PrType.WRITE_EXCLUSIVE;
        assertThat(order(A, new PrOrder.Reserve(0xA, another))).isEqualTo(new Conflict());
        assertThat(order(A, new PrOrder.Release(0xA, another)))
                .isEqualTo(new Refused(SenseCode.INVALID_RELEASE_OF_PERSISTENT_RESERVATION));
        Map<Nexus, SenseCode> told = done(A, new PrOrder.Release(0xA, type)).told();
        assertThat(told.keySet()).isEqualTo(type.admitsRegistrants() ? java.util.Set.of(B, C) : java.util.Set.of());
        assertThat(state.reservation()).isNull();
    }

    @Test
    void release_ofWhoDoesNotHold_changesNothing() {
        registerAll();
        done(A, new PrOrder.Reserve(0xA, PrType.WRITE_EXCLUSIVE));
        PrState before = state;
        done(B, new PrOrder.Release(0xB, PrType.WRITE_EXCLUSIVE));
        assertThat(state).isEqualTo(before);
    }

    @Test
    void holderThatUnregisters_releases_andRegistrantsAreTold() {
        registerAll();
        done(A, new PrOrder.Reserve(0xA, PrType.WRITE_EXCLUSIVE_REGISTRANTS_ONLY));
        assertThat(done(A, register(0xA, 0)).told())
                .isEqualTo(Map.of(B, SenseCode.RESERVATIONS_RELEASED, C, SenseCode.RESERVATIONS_RELEASED));
        assertThat(state.reservation()).isNull();
    }

    @Test
    void reservationOfAll_goesWithTheLastOfThem() {
        registerAll();
        done(A, new PrOrder.Reserve(0xA, PrType.EXCLUSIVE_ACCESS_ALL_REGISTRANTS));
        done(A, register(0xA, 0));
        done(B, register(0xB, 0));
        assertThat(state.isHeldBy(C)).isTrue();
        done(C, register(0xC, 0));
        assertThat(state.reservation()).isNull();
    }

    @Test
    void clear_endsAll_andTellsTheOthers() {
        registerAll();
        done(A, new PrOrder.Reserve(0xA, PrType.EXCLUSIVE_ACCESS));
        assertThat(done(B, new PrOrder.Clear(0xB)).told())
                .isEqualTo(Map.of(A, SenseCode.RESERVATIONS_PREEMPTED, C, SenseCode.RESERVATIONS_PREEMPTED));
        assertThat(state.registrants()).isEmpty();
        assertThat(state.reservation()).isNull();
        assertThat(state.generation()).isEqualTo(4);
    }

    @Test
    void preemptOfTheHolder_takesTheReservationOver() {
        registerAll();
        done(A, new PrOrder.Reserve(0xA, PrType.WRITE_EXCLUSIVE));
        Done taken = done(B, new PrOrder.Preempt(0xB, 0xA, PrType.EXCLUSIVE_ACCESS, true));
        assertThat(state.reservation()).isEqualTo(new Reservation(PrType.EXCLUSIVE_ACCESS, B));
        assertThat(state.registrants().stream().map(Registrant::nexus)).containsExactly(B, C);
        assertThat(taken.told())
                .isEqualTo(Map.of(A, SenseCode.REGISTRATIONS_PREEMPTED, C, SenseCode.RESERVATIONS_RELEASED));
        assertThat(taken.aborted()).containsExactly(A);
        // The victim is nobody now.
        assertThat(order(A, new PrOrder.Reserve(0xA, PrType.WRITE_EXCLUSIVE))).isEqualTo(new Conflict());
    }

    @Test
    void preemptOfAnother_endsItsRegistrationAlone() {
        registerAll();
        done(A, new PrOrder.Reserve(0xA, PrType.WRITE_EXCLUSIVE));
        Done taken = done(B, new PrOrder.Preempt(0xB, 0xC, PrType.EXCLUSIVE_ACCESS, false));
        assertThat(state.reservation()).isEqualTo(new Reservation(PrType.WRITE_EXCLUSIVE, A));
        assertThat(state.registrants().stream().map(Registrant::nexus)).containsExactly(A, B);
        assertThat(taken.aborted()).isEmpty();
        assertThat(order(B, new PrOrder.Preempt(0xB, 0xEE, PrType.EXCLUSIVE_ACCESS, false)))
                .isEqualTo(new Conflict());
        assertThat(order(B, new PrOrder.Preempt(0xB, 0, PrType.EXCLUSIVE_ACCESS, false)))
                .isEqualTo(new Refused(SenseCode.INVALID_FIELD_IN_PARAMETER_LIST));
    }

    @Test
    void preemptOfAll_withKeyZero_leavesThePreemptorAlone() {
        registerAll();
        done(A, new PrOrder.Reserve(0xA, PrType.WRITE_EXCLUSIVE_ALL_REGISTRANTS));
        Done taken = done(B, new PrOrder.Preempt(0xB, 0, PrType.EXCLUSIVE_ACCESS, true));
        assertThat(state.registrants().stream().map(Registrant::nexus)).containsExactly(B);
        assertThat(state.reservation()).isEqualTo(new Reservation(PrType.EXCLUSIVE_ACCESS, B));
        assertThat(taken.aborted()).containsExactly(A, C);
    }

    @Test
    void preemptOfOneOfAll_leavesTheReservation() {
        registerAll();
        done(A, new PrOrder.Reserve(0xA, PrType.WRITE_EXCLUSIVE_ALL_REGISTRANTS));
        done(B, new PrOrder.Preempt(0xB, 0xA, PrType.EXCLUSIVE_ACCESS, false));
        assertThat(state.isHeldBy(B)).isTrue();
        assertThat(state.isHeldBy(C)).isTrue();
        assertThat(state.isHeldBy(A)).isFalse();
        assertThat(PrRules.decide(
                        PrStateImageTest.again(state),
                        C,
                        new PrOrder.Release(0xC, PrType.WRITE_EXCLUSIVE_ALL_REGISTRANTS)))
                .isInstanceOf(Done.class);
    }

    @Test
    void move_givesTheReservationToAnother() {
        registerAll();
        assertThat(order(A, new PrOrder.Move(0xA, 0x11, false, false, B))).isEqualTo(new Conflict());
        done(A, new PrOrder.Reserve(0xA, PrType.EXCLUSIVE_ACCESS));
        assertThat(order(A, new PrOrder.Move(0xA, 0, false, false, B)))
                .isEqualTo(new Refused(SenseCode.INVALID_FIELD_IN_PARAMETER_LIST));
        assertThat(order(A, new PrOrder.Move(0xA, 1, false, false, A)))
                .isEqualTo(new Refused(SenseCode.INVALID_FIELD_IN_PARAMETER_LIST));
        assertThat(order(B, new PrOrder.Move(0xB, 1, false, false, C))).isEqualTo(new Conflict());
        done(A, new PrOrder.Move(0xA, 0x11, true, true, B));
        assertThat(state.isHeldBy(B)).isTrue();
        assertThat(state.registrant(B).orElseThrow().key()).isEqualTo(0x11);
        assertThat(state.registrant(A)).isEmpty();
        assertThat(state.survivesPowerLoss()).isTrue();
    }

    /** The table of the standard (SPC-4 table 56): who may do what under which type. */
    @ParameterizedTest
    @EnumSource(PrType.class)
    void access_isByTypeAndBySeat(PrType type) {
        done(A, register(0, 0xA));
        done(B, register(0, 0xB));
        done(A, new PrOrder.Reserve(0xA, type));
        for (Access access : Access.values()) {
            boolean free = access == Access.ALWAYS;
            boolean reads = access == Access.READ;
            boolean exclusive = type.name().startsWith("EXCLUSIVE");
            boolean registrants = type.name().contains("REGISTRANTS");
            assertThat(state.conflicts(A, access)).as("holder %s", access).isFalse();
            assertThat(state.conflicts(B, access))
                    .as("registrant %s", access)
                    .isEqualTo(!free && !registrants && (!reads || exclusive));
            assertThat(state.conflicts(C, access)).as("other %s", access).isEqualTo(!free && (!reads || exclusive));
        }
    }
}
