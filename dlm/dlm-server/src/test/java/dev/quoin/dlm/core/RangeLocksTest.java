package dev.quoin.dlm.core;

import static dev.quoin.dlm.core.Asks.range;
import static dev.quoin.dlm.core.Asks.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.dlm.api.ByteRange;
import dev.quoin.dlm.api.DlmException.Code;
import dev.quoin.dlm.api.RangeLocks.Kind;
import dev.quoin.dlm.api.RangeLocks.RangeInfo;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Proves the rules of fcntl(2) for byte-range locks. */
class RangeLocksTest {

    private static final long EOF = Long.MAX_VALUE;

    private Recorder core = new Recorder(new LockCore(Limits.DEFAULT, true));
    private final long a = core.open("a", false);
    private final long b = core.open("b", false);

    @BeforeEach
    void open() {
        core.perform(a, new Operation.OpenLockspace("s", SessionEndPolicy.RELEASE));
    }

    private List<RangeInfo> all() {
        return ((Result.Ranges) core.perform(a, new Operation.ListRanges(0, ResourceName.of("file")))).ranges();
    }

    /** Each lock as kind, owner and range. */
    private List<String> held() {
        return all().stream()
                .map(info -> info.kind() + " " + info.owner().id() + " " + info.range())
                .toList();
    }

    private long lock(long session, long owner, long start, long end, Kind kind) {
        Result result = core.perform(session, range(owner, start, end, kind, false));
        assertThat(result).isInstanceOf(Result.RangeGranted.class);
        return ((Result.RangeGranted) result).token();
    }

    private void unlock(long session, long owner, long start, long end) {
        assertThat(core.perform(session, range(owner, start, end, null, false))).isEqualTo(new Result.RangeGranted(0));
    }

    private static Operation.SetRange in(String file, long owner, long start, long end, Kind kind) {
        return new Operation.SetRange(0, ResourceName.of(file), owner, new ByteRange(start, end), kind, true);
    }

    private List<Long> granted() {
        List<Long> granted = new ArrayList<>();
        for (Effect effect : core.effects) {
            if (effect instanceof Effect.Answer(long session, long _, Result.RangeGranted(long token)) && token != 0) {
                granted.add(session);
            }
        }
        return granted;
    }

    @Test
    void unlock_ofTheMiddle_splits_andThePartsKeepTheirToken() {
        long token = lock(a, 1, 0, 99, Kind.WRITE);
        unlock(a, 1, 40, 59);
        assertThat(held()).containsExactly("WRITE 1 0-39", "WRITE 1 60-99");
        assertThat(all()).allMatch(info -> info.token().value() == token);
    }

    @Test
    void unlock_ofEdges_shortens_andOfNothing_isFine() {
        lock(a, 1, 10, 19, Kind.READ);
        unlock(a, 1, 0, 11);
        unlock(a, 1, 19, EOF);
        unlock(a, 2, 0, EOF);
        unlock(b, 1, 0, EOF);
        assertThat(held()).containsExactly("READ 1 12-18");
        unlock(a, 1, 12, 18);
        assertThat(held()).isEmpty();
        unlock(a, 1, 12, 18);
    }

    @Test
    void neighboursOfOneKind_merge_othersDoNot() {
        lock(a, 1, 0, 9, Kind.READ);
        lock(a, 1, 20, 29, Kind.READ);
        long token = lock(a, 1, 10, 19, Kind.READ);
        assertThat(held()).containsExactly("READ 1 0-29");
        assertThat(all().getFirst().token().value()).isEqualTo(token);
        lock(a, 1, 30, 39, Kind.WRITE);
        lock(a, 2, 40, 49, Kind.WRITE);
        lock(b, 1, 50, EOF, Kind.WRITE);
        assertThat(held()).containsExactly("READ 1 0-29", "WRITE 1 30-39", "WRITE 2 40-49", "WRITE 1 50-EOF");
    }

    @Test
    void upgrade_andDowngrade_ofAPart_replaceItThere() {
        lock(a, 1, 0, 99, Kind.READ);
        lock(a, 1, 40, 59, Kind.WRITE);
        assertThat(held()).containsExactly("READ 1 0-39", "WRITE 1 40-59", "READ 1 60-99");
        lock(a, 1, 0, 99, Kind.READ);
        assertThat(held()).containsExactly("READ 1 0-99");
    }

    @Test
    void readers_share_writersDoNot_andOneOwnerNeverStandsAgainstItself() {
        lock(a, 1, 0, 9, Kind.READ);
        lock(b, 1, 5, 14, Kind.READ);
        lock(a, 1, 0, 4, Kind.WRITE);
        assertThat(core.perform(a, range(1, 0, 9, Kind.WRITE, false)))
                .isInstanceOfSatisfying(Result.RangeDenied.class, denied -> {
                    assertThat(denied.blocker().node()).isEqualTo("b");
                    assertThat(denied.blocker().range()).isEqualTo(new ByteRange(5, 14));
                });
        assertThat(core.perform(a, range(2, 0, 0, Kind.READ, false))).isInstanceOf(Result.RangeDenied.class);
    }

    @Test
    void test_findsWhoStandsAgainst_andLocksNothing() {
        lock(a, 1, 0, 9, Kind.READ);
        Operation.TestRange reads =
                new Operation.TestRange(0, ResourceName.of("file"), 1, new ByteRange(9, EOF), Kind.READ);
        Operation.TestRange writes =
                new Operation.TestRange(0, ResourceName.of("file"), 1, new ByteRange(9, EOF), Kind.WRITE);
        assertThat(((Result.Ranges) core.perform(b, reads)).ranges()).isEmpty();
        assertThat(((Result.Ranges) core.perform(b, writes)).ranges()).hasSize(1);
        assertThat(((Result.Ranges) core.perform(a, writes)).ranges()).isEmpty();
        assertThat(held()).hasSize(1);
    }

    @Test
    void waiters_areGrantedInOrder_andSomeBodyInNobodysWayAtOnce() {
        lock(a, 1, 0, 99, Kind.WRITE);
        core.start(b, range(1, 50, 99, Kind.WRITE, true));
        core.start(b, range(2, 0, 49, Kind.WRITE, true));
        core.start(b, range(3, 40, 60, Kind.READ, true));
        assertThat(granted()).isEmpty();
        core.start(b, range(4, 100, 109, Kind.WRITE, true));
        assertThat(granted()).containsExactly(b);
        core.start(a, range(1, 0, 49, null, true));
        assertThat(held()).containsExactly("WRITE 2 0-49", "WRITE 1 50-99", "WRITE 4 100-109");
        core.start(a, range(1, 50, 99, null, true));
        assertThat(granted()).containsExactly(b);
        unlock(b, 2, 0, 49);
        unlock(b, 1, 50, 99);
        assertThat(held()).contains("READ 3 40-60");
    }

    @Test
    void downgrade_wakesReaders() {
        lock(a, 1, 0, 9, Kind.WRITE);
        core.start(b, range(1, 0, 9, Kind.READ, true));
        core.start(a, range(1, 0, 9, Kind.READ, false));
        assertThat(granted()).containsExactly(a, b);
    }

    /** A grant can replace what its owner had there by less, and with it free who has waited longer. */
    @Test
    void grant_thatDowngrades_wakesOlderReaders() {
        lock(a, 1, 0, 9, Kind.WRITE);
        lock(b, 1, 10, 19, Kind.WRITE);
        core.start(b, range(2, 0, 4, Kind.READ, true));
        core.start(a, range(1, 0, 15, Kind.READ, true));
        core.start(b, range(3, 0, 2, Kind.WRITE, true));
        assertThat(granted()).isEmpty();
        core.start(b, range(1, 10, 19, null, false));
        assertThat(granted()).containsExactly(a, b);
        assertThat(held()).containsExactlyInAnyOrder("READ 1 0-15", "READ 2 0-4");
    }

    @Test
    void cancel_andTimeout_endTheWait() {
        lock(a, 1, 0, 9, Kind.WRITE);
        long first = core.start(b, range(1, 0, 9, Kind.READ, true));
        long second = core.start(b, range(1, 0, 9, Kind.READ, true));
        core.start(b, new Operation.Cancel(first, true));
        assertThat(core.effects).contains(new Effect.Answer(b, first, new Result.TimedOut()));
        core.start(b, new Operation.Cancel(second, false));
        assertThat(core.effects).contains(new Effect.Answer(b, second, new Result.Cancelled()));
        unlock(a, 1, 0, 9);
        assertThat(held()).isEmpty();
    }

    @Test
    void deadlock_overThreeOwnersAndTwoFiles_isFoundAtOnce_andNamed() {
        lock(a, 1, 0, 9, Kind.WRITE);
        lock(a, 2, 10, 19, Kind.WRITE);
        core.perform(b, in("other", 1, 0, 0, Kind.WRITE));
        core.start(a, range(1, 10, 10, Kind.READ, true));
        core.start(a, in("other", 2, 0, 0, Kind.READ));
        assertThat(granted()).isEmpty();
        Result.RangeDeadlock deadlock = (Result.RangeDeadlock) core.perform(b, range(1, 5, 5, Kind.READ, true));
        assertThat(deadlock.cycle())
                .extracting(info -> info.node() + info.owner().id() + " " + info.range())
                .containsExactly("a1 0-9", "a2 10-19", "b1 0-0");
        assertThat(core.perform(b, range(1, 5, 5, Kind.READ, false))).isInstanceOf(Result.RangeDenied.class);
    }

    @Test
    void endOfSession_releases_orHoldsByThePolicy() {
        core.perform(a, new Operation.OpenLockspace("h", SessionEndPolicy.HOLD_UNTIL_FENCED));
        lock(a, 1, 0, 9, Kind.WRITE);
        core.perform(a, new Operation.SetRange(1, ResourceName.of("f"), 1, ByteRange.ALL, Kind.WRITE, false));
        long here = core.start(b, range(1, 0, 9, Kind.READ, true));
        long there = core.start(b, new Operation.SetRange(1, ResourceName.of("f"), 1, ByteRange.ALL, Kind.READ, true));
        core.apply(new Command.ExpireSession(a));
        assertThat(core.effects).contains(new Effect.FenceNeeded(a, "a"));
        assertThat(core.effects).anyMatch(e -> e instanceof Effect.Answer(long _, long q, Result _) && q == here);
        assertThat(core.effects).noneMatch(e -> e instanceof Effect.Answer(long _, long q, Result _) && q == there);
        core.apply(new Command.Fenced(a));
        assertThat(core.effects).anyMatch(e -> e instanceof Effect.Answer(long _, long q, Result _) && q == there);
    }

    @Test
    void limits_atLimitAndOneMore_allowAndRefuse_evenTheUnlockThatSplits() {
        core = new Recorder(new LockCore(new Limits(9, 9, 6, 9, 99, 9, 99, 99), false));
        core.open("a", false);
        core.open("b", false);
        open();
        lock(a, 1, 0, 99, Kind.WRITE);
        for (int i = 1; i < 5; i++) {
            unlock(a, 1, 10L * i, 10L * i);
        }
        assertThat(all()).hasSize(5);
        assertThat(refusal(core.perform(a, range(1, 50, 50, null, false)))).isEqualTo(Code.LIMIT_EXCEEDED);
        assertThat(refusal(core.perform(a, range(1, 100, 100, Kind.READ, false))))
                .isEqualTo(Code.LIMIT_EXCEEDED);
        assertThat(all()).hasSize(5);
        unlock(a, 1, 0, 9);
        lock(a, 1, 200, 200, Kind.READ);
        assertThat(all()).hasSize(5);
    }

    @Test
    void searchForDeadlocks_overMoreLocksThanItsLimit_refusesToWait() {
        int ranges = 1_000;
        for (int i = 0; i < ranges; i++) {
            lock(a, 1, 2L * i, 2L * i, Kind.WRITE);
        }
        // Each reader of the other file waits for the next range, held by an owner that does not wait.
        for (int owner = 2; owner < 2 + RangeTable.SEARCH_MAX / ranges; owner++) {
            core.perform(b, in("other", owner, 0, 0, Kind.READ));
            core.start(b, range(owner, 0, 0, Kind.READ, true));
        }
        assertThat(refusal(core.perform(a, in("other", 3, 0, 0, Kind.WRITE)))).isEqualTo(Code.LIMIT_EXCEEDED);
        Operation.SetRange first = in("other", 2, 0, 0, Kind.WRITE);
        assertThat(core.perform(a, new Operation.SetRange(0, first.resource(), 3, first.range(), Kind.WRITE, false)))
                .isInstanceOf(Result.RangeDenied.class);
    }

    /** Which cycle is named is kept with the answer, so it must not depend on how a replica came to its state. */
    @Test
    void deadlockAnswer_ofARestoredReplica_isTheSame() throws Exception {
        CoreDisk disk = new CoreDisk();
        lock(a, 1, 0, 0, Kind.WRITE);
        for (int i = 1; i <= 40; i++) {
            core.perform(b, in("f" + i, 1, 0, 0, Kind.WRITE));
        }
        core.apply(new Command.Acknowledge(b, 40, new long[0]));
        // Owner 2 of a has what b asks for, and waits for b in two files.
        lock(a, 2, 1, 1, Kind.WRITE);
        List<Long> waits = new ArrayList<>();
        for (int i = 1; i <= 40; i++) {
            waits.add(core.start(a, in("f" + i, 2, 0, 0, Kind.READ)));
        }
        for (int i = 0; i < 40; i++) {
            long sequence = waits.get(i);
            if (i % 16 != 3) {
                core.start(a, new Operation.Cancel(sequence, false));
            }
        }
        disk.begin(core.core);
        LockCore restored = disk.finish(core.core);
        Operation ask = range(1, 1, 1, Kind.READ, true);
        Command command = new Command.Perform(b, 41, ask);
        core.core.apply(command, 2, EffectSink.NONE);
        restored.apply(command, 2, EffectSink.NONE);
        assertThat(core.core.sessions.get(b).results.get(41L)).isInstanceOf(Result.RangeDeadlock.class);
        assertThat(restored.sessions.get(b).results).isEqualTo(core.core.sessions.get(b).results);
    }
}
