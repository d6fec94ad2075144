package dev.quoin.dlm.core;

import static dev.quoin.dlm.core.Asks.acquire;
import static dev.quoin.dlm.core.Asks.lock;
import static dev.quoin.dlm.core.Asks.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.dlm.api.DlmException.Code;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.WantedLock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Proves that several locks asked for at once are granted in one step, all or none or as many as can be. */
class ManyLocksTest {

    private Recorder core = new Recorder(new LockCore(Limits.DEFAULT, true));
    private final long a = core.open("a", false);
    private final long b = core.open("b", false);

    @BeforeEach
    void open() {
        core.perform(a, new Operation.OpenLockspace("s", SessionEndPolicy.RELEASE));
    }

    private static WantedLock want(String name, LockMode mode) {
        return new WantedLock(ResourceName.of(name), mode);
    }

    private static Operation.AcquireMany many(boolean all, WantedLock... wanted) {
        return new Operation.AcquireMany(0, List.of(wanted), all);
    }

    private static List<WantedLock> names(int count) {
        List<WantedLock> wanted = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            wanted.add(want("n" + i, LockMode.EX));
        }
        return wanted;
    }

    @Test
    void all_free_areGrantedInTheirOrder_withTokensOfTheirOwn() {
        Result.GrantedMany many = (Result.GrantedMany)
                core.perform(a, many(true, want("z", LockMode.EX), want("y", LockMode.PR), want("x", LockMode.NL)));
        assertThat(many.refusedBy()).isEqualTo(-1);
        assertThat(many.each()).allMatch(Result.Granted.class::isInstance);
        Set<Long> tokens =
                many.each().stream().map(one -> ((Result.Granted) one).token()).collect(Collectors.toSet());
        assertThat(tokens).hasSize(3);
        assertThat(core.perform(a, Asks.release(((Result.Granted) many.each().getFirst()).lock())))
                .isEqualTo(new Result.Done());
    }

    @Test
    void all_butOne_areNotGranted_andTheOneIsNamed() {
        lock(core.perform(b, acquire("y", LockMode.PR)));
        Result.GrantedMany many = (Result.GrantedMany)
                core.perform(a, many(true, want("x", LockMode.EX), want("y", LockMode.EX), want("z", LockMode.EX)));
        assertThat(many.refusedBy()).isEqualTo(1);
        assertThat(many.each()).hasSize(3).allMatch(Result.Denied.class::isInstance);
        assertThat(((Result.Denied) many.each().get(1)).reason()).contains("b (session " + b + ") holds PR on s/y");
        assertThat(core.core.lockCount()).isEqualTo(1);
    }

    @Test
    void some_areGranted_theOthersDenied() {
        lock(core.perform(b, acquire("y", LockMode.PR)));
        Result.GrantedMany many = (Result.GrantedMany)
                core.perform(a, many(false, want("x", LockMode.EX), want("y", LockMode.EX), want("z", LockMode.EX)));
        assertThat(many.refusedBy()).isEqualTo(-1);
        assertThat(many.each())
                .extracting(one -> one.getClass().getSimpleName())
                .containsExactly("Granted", "Denied", "Granted");
    }

    @Test
    void many_doNotPassWhoWaits() {
        lock(core.perform(a, acquire("y", LockMode.PR)));
        core.start(b, acquire("y", LockMode.EX));
        assertThat(core.perform(a, many(true, want("y", LockMode.PR))))
                .isInstanceOfSatisfying(
                        Result.GrantedMany.class,
                        many -> assertThat(many.refusedBy()).isZero());
    }

    @Test
    void many_atLimitAndOneMore_andTwiceTheSame_andNone() {
        assertThat(core.perform(a, new Operation.AcquireMany(0, names(Lockspace.WANTED_MAX), true)))
                .isInstanceOf(Result.GrantedMany.class);
        assertThat(refusal(core.perform(b, new Operation.AcquireMany(0, names(Lockspace.WANTED_MAX + 1), false))))
                .isEqualTo(Code.INVALID_REQUEST);
        assertThat(refusal(core.perform(b, many(false, want("x", LockMode.NL), want("x", LockMode.NL)))))
                .isEqualTo(Code.INVALID_REQUEST);
        assertThat(refusal(core.perform(b, many(true)))).isEqualTo(Code.INVALID_REQUEST);
        assertThat(core.core.lockCount()).isEqualTo(Lockspace.WANTED_MAX);
    }

    @Test
    void many_thatWouldPassTheLimitOfLocks_areRefusedWhole() {
        core = new Recorder(new LockCore(new Limits(9, 9, 3, 9, 99, 9, 99, 99), false));
        core.open("a", false);
        core.open("b", false);
        open();
        assertThat(refusal(core.perform(a, new Operation.AcquireMany(0, names(4), false))))
                .isEqualTo(Code.LIMIT_EXCEEDED);
        assertThat(core.core.lockCount()).isZero();
        assertThat(core.perform(a, new Operation.AcquireMany(0, names(3), true)))
                .isInstanceOf(Result.GrantedMany.class);
    }
}
