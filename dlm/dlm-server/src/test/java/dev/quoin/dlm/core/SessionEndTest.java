package dev.quoin.dlm.core;

import static dev.quoin.dlm.core.Asks.lock;
import static dev.quoin.dlm.core.Asks.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.dlm.api.DlmException.Code;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest.Queue;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.SessionInfo;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Proves what each policy keeps of a session that has ended, and what fence and recovery let go. */
class SessionEndTest {

    private static final ResourceName R = ResourceName.of("r");

    private final Recorder core = new Recorder(new LockCore(Limits.DEFAULT, true));
    private final long dead = core.open("dead", false);
    private final long other = core.open("other", false);

    @BeforeEach
    void holdInAll() {
        for (SessionEndPolicy policy : SessionEndPolicy.values()) {
            core.perform(dead, new Operation.OpenLockspace(policy.name(), policy));
            lock(core.perform(dead, acquire(policy, Queue.WAIT)));
        }
    }

    private static Operation.Acquire acquire(SessionEndPolicy policy, Queue queue) {
        return new Operation.Acquire(policy.ordinal(), R, LockMode.EX, queue, false, 0, false, 0);
    }

    private boolean isFree(SessionEndPolicy policy) {
        return switch (core.perform(other, acquire(policy, Queue.NOQUEUE))) {
            case Result.Granted granted -> {
                core.perform(other, Asks.release(granted.lock()));
                yield true;
            }
            case Result.Denied _ -> false;
            default -> throw new AssertionError();
        };
    }

    private SessionInfo deadInfo() {
        return core.core.sessions().getFirst();
    }

    @Test
    void session_expired_thenFenced_thenRecovered_letsGoStepByStep() {
        assertThat(deadInfo().state()).isEqualTo(SessionInfo.State.ALIVE);
        assertThat(deadInfo().locks()).isEqualTo(3);
        assertThat(deadInfo().lease().toMillis()).isEqualTo(1_000);
        assertThat(deadInfo().since().toEpochMilli()).isEqualTo(1);
        core.apply(new Command.ExpireSession(dead));
        assertThat(core.effects).contains(new Effect.FenceNeeded(dead, "dead"));
        assertThat(core.core.unfenced()).containsEntry(dead, "dead");
        assertThat(deadInfo().state()).isEqualTo(SessionInfo.State.ENDED_NOT_FENCED);
        assertThat(isFree(SessionEndPolicy.RELEASE)).isTrue();
        assertThat(isFree(SessionEndPolicy.HOLD_UNTIL_FENCED)).isFalse();
        assertThat(isFree(SessionEndPolicy.HOLD_UNTIL_RECOVERED)).isFalse();
        core.apply(new Command.Fenced(dead));
        assertThat(core.core.unfenced()).isEmpty();
        assertThat(deadInfo().state()).isEqualTo(SessionInfo.State.FENCED_NOT_RECOVERED);
        assertThat(isFree(SessionEndPolicy.HOLD_UNTIL_FENCED)).isTrue();
        assertThat(isFree(SessionEndPolicy.HOLD_UNTIL_RECOVERED)).isFalse();
        assertThat(core.perform(other, new Operation.DeclareRecovered(dead, "HOLD_UNTIL_RECOVERED")))
                .isEqualTo(new Result.Done());
        assertThat(isFree(SessionEndPolicy.HOLD_UNTIL_RECOVERED)).isTrue();
        assertThat(core.core.sessions()).hasSize(1);
    }

    @Test
    void recovery_beforeTheFence_orOfALivingSession_orInNoLockspace_isRefused() {
        Operation recovered = new Operation.DeclareRecovered(dead, "HOLD_UNTIL_RECOVERED");
        assertThat(refusal(core.perform(other, recovered))).isEqualTo(Code.INVALID_REQUEST);
        assertThat(refusal(core.perform(other, new Operation.DeclareFenced(dead))))
                .isEqualTo(Code.INVALID_REQUEST);
        core.apply(new Command.Fenced(dead));
        assertThat(deadInfo().state()).as("alive: no agent's word ends it").isEqualTo(SessionInfo.State.ALIVE);
        core.apply(new Command.ExpireSession(dead));
        assertThat(refusal(core.perform(other, recovered))).isEqualTo(Code.INVALID_REQUEST);
        core.perform(other, new Operation.DeclareFenced(dead));
        assertThat(refusal(core.perform(other, new Operation.DeclareRecovered(dead, "no such"))))
                .isEqualTo(Code.NOT_FOUND);
        assertThat(core.perform(other, recovered)).isEqualTo(new Result.Done());
        assertThat(core.perform(other, recovered)).as("again").isEqualTo(new Result.Done());
        assertThat(core.perform(other, new Operation.DeclareFenced(dead))).isEqualTo(new Result.Done());
    }

    @Test
    void session_closed_leavesNothing_whateverThePolicy() {
        core.perform(dead, new Operation.EndSession());
        assertThat(core.effects).noneMatch(e -> e instanceof Effect.FenceNeeded);
        for (SessionEndPolicy policy : SessionEndPolicy.values()) {
            assertThat(isFree(policy)).isTrue();
        }
        assertThat(core.core.sessions()).hasSize(1);
    }

    @Test
    void session_thatHoldsNothingToKeep_needsNoFence() {
        long free = core.open("free", false);
        lock(core.perform(
                free, new Operation.Acquire(0, ResourceName.of("q"), LockMode.EX, Queue.WAIT, false, 0, false, 0)));
        core.apply(new Command.ExpireSession(free));
        assertThat(core.effects).noneMatch(e -> e instanceof Effect.FenceNeeded);
        assertThat(core.core.sessions()).hasSize(2);
    }

    @Test
    void lockspaces_areListed_andKeepTheirPolicies() {
        Result.Lockspaces all = (Result.Lockspaces) core.perform(other, new Operation.ListLockspaces());
        assertThat(all.lockspaces())
                .containsEntry("RELEASE", SessionEndPolicy.RELEASE)
                .containsEntry("HOLD_UNTIL_FENCED", SessionEndPolicy.HOLD_UNTIL_FENCED)
                .containsEntry("HOLD_UNTIL_RECOVERED", SessionEndPolicy.HOLD_UNTIL_RECOVERED)
                .hasSize(3);
        assertThat(refusal(core.perform(
                        other, new Operation.OpenLockspace("RELEASE", SessionEndPolicy.HOLD_UNTIL_RECOVERED))))
                .isEqualTo(Code.INVALID_REQUEST);
    }
}
