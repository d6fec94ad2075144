package dev.quoin.dlm.core;

import static dev.quoin.dlm.core.Asks.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.dlm.api.DlmException.Code;
import dev.quoin.dlm.api.FencingToken;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.Registry;
import dev.quoin.dlm.api.Registry.Change;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.Transaction;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Proves the limits of the registry, at the limit and one above, and that watches resume without a gap. */
class RegistryRulesTest {

    private Recorder core = new Recorder(new LockCore(Limits.DEFAULT, true));
    private long session = core.open("a", false);

    private void limit(int keys, long bytes) {
        core = new Recorder(new LockCore(new Limits(9, 9, 9, 9, 9_999, keys, bytes, 99), false));
        session = core.open("a", false);
    }

    private Result put(String key, int length) {
        return commit(Transaction.builder().put(key, new byte[length]).build());
    }

    private Result commit(Transaction transaction) {
        return core.perform(session, new Operation.Commit(transaction));
    }

    private Result.Watched watch(String prefix, long from) {
        return (Result.Watched) core.perform(session, new Operation.Watch(prefix, from));
    }

    @Test
    void keys_atLimitAndOneMore_allowAndRefuse_andOldKeysCanStillBeWritten() {
        limit(3, 1_000);
        assertThat(commit(Transaction.builder()
                        .put("a", new byte[1])
                        .put("b", new byte[1])
                        .put("c", new byte[1])
                        .build()))
                .isEqualTo(new Result.Committed(1));
        assertThat(refusal(put("d", 0))).isEqualTo(Code.LIMIT_EXCEEDED);
        assertThat(put("a", 9)).isEqualTo(new Result.Committed(2));
        assertThat(commit(Transaction.builder().delete("b").build())).isEqualTo(new Result.Committed(3));
        assertThat(put("d", 0)).isEqualTo(new Result.Committed(4));
    }

    @Test
    void bytes_atLimitAndOneMore_allowAndRefuse_whole() {
        limit(9, 10);
        assertThat(put("ab", 8)).isEqualTo(new Result.Committed(1));
        assertThat(refusal(put("ab", 9))).isEqualTo(Code.LIMIT_EXCEEDED);
        assertThat(refusal(commit(Transaction.builder()
                        .put("ab", new byte[1])
                        .put("cd", new byte[8])
                        .build())))
                .isEqualTo(Code.LIMIT_EXCEEDED);
        assertThat(((Result.Entries) core.perform(session, new Operation.Range("")))
                        .entries()
                        .getFirst()
                        .value())
                .as("nothing of it was done")
                .hasSize(8);
        assertThat(put("ab", 0)).isEqualTo(new Result.Committed(2));
    }

    @Test
    void transactionBytes_atLimitAndOneMore_allowAndRefuse() {
        int value = Registry.VALUE_LENGTH_MAX;
        Transaction.Builder fits = Transaction.builder();
        int left = Registry.TRANSACTION_BYTES_MAX;
        int i = 0;
        while (left > 0) {
            int length = Math.min(value, left - 4);
            fits.put("k" + (100 + i++), new byte[length]);
            left -= length + 4;
        }
        assertThat(left).isZero();
        assertThat(commit(fits.build())).isInstanceOf(Result.Committed.class);
        assertThat(refusal(commit(fits.delete("k").build()))).isEqualTo(Code.LIMIT_EXCEEDED);
    }

    @Test
    void namesInGuards_areLimitedToo() {
        String key = "k".repeat(Registry.KEY_LENGTH_MAX);
        assertThat(commit(Transaction.builder().ifRevision(key, 7).build())).isInstanceOf(Result.Conflict.class);
        assertThat(refusal(commit(Transaction.builder().ifRevision(key + "k", 7).build())))
                .isEqualTo(Code.LIMIT_EXCEEDED);
        assertThat(refusal(commit(new Transaction(
                        List.of(new Transaction.Guard.TokenHeld(
                                "s".repeat(65), ResourceName.of("r"), new FencingToken(1))),
                        List.of()))))
                .isEqualTo(Code.LIMIT_EXCEEDED);
    }

    @Test
    void token_thatIsNoLongerHeld_guardsNothing_whoeverHoldsTheLockNow() {
        assertThat(core.perform(session, new Operation.OpenLockspace("s", SessionEndPolicy.RELEASE)))
                .isInstanceOf(Result.LockspaceOpened.class);
        Result.Granted old = (Result.Granted) core.perform(session, Asks.acquire("r", LockMode.EX));
        assertThat(guarded(old)).isInstanceOf(Result.Committed.class);
        core.perform(session, Asks.release(old.lock()));
        assertThat(guarded(old)).isInstanceOf(Result.Conflict.class);
        long other = core.open("b", false);
        Result.Granted now = (Result.Granted) core.perform(other, Asks.acquire("r", LockMode.EX));
        assertThat(guarded(old)).isInstanceOf(Result.Conflict.class);
        assertThat(guarded(now)).isInstanceOf(Result.Committed.class);
    }

    private Result guarded(Result.Granted granted) {
        return commit(new Transaction(
                List.of(new Transaction.Guard.TokenHeld("s", ResourceName.of("r"), new FencingToken(granted.token()))),
                List.of(new Transaction.Operation.Put("k", new byte[1]))));
    }

    @Test
    void watch_resumedFromAnyRevision_getsEachLaterChangeOnce() {
        for (int i = 1; i <= 20; i++) {
            if (i % 5 == 0) {
                commit(Transaction.builder().delete("p/" + (i - 1)).build());
            } else {
                put((i % 2 == 0 ? "p/" : "q/") + i, 1);
            }
        }
        List<Change> all = watch("p/", 1).changes();
        long next = watch("", 1).next();
        for (long from = 1; from <= next; from++) {
            long first = from;
            Result.Watched resumed = watch("p/", from);
            assertThat(resumed.next()).isEqualTo(next);
            assertThat(resumed.changes())
                    .extracting(Change::revision)
                    .isEqualTo(all.stream()
                            .map(Change::revision)
                            .filter(revision -> revision >= first)
                            .toList());
        }
        assertThat(all).anyMatch(change -> change.value() == null);
        assertThat(all).allMatch(change -> change.key().startsWith("p/"));
    }

    @Test
    void watch_fromBeforeWhatIsRemembered_getsAllThatExists() {
        put("old", 1);
        for (int i = 0; i < Limits.HISTORY_CHANGES_MAX; i++) {
            put("k" + i % 3, 1);
            core.apply(new Command.Acknowledge(session, i + 1, new long[0]));
        }
        assertThat(watch("", 1).changes()).extracting(Change::key).containsExactly("k0", "k1", "k2", "old");
        assertThat(watch("", 2).changes()).hasSize(Limits.HISTORY_CHANGES_MAX);
        assertThat(watch("k1", Limits.HISTORY_CHANGES_MAX - 5).changes()).hasSize(2);
    }

    @Test
    void watchers_areToldOfEachTransaction_asOne() {
        commit(Transaction.builder().put("a", new byte[1]).put("b", new byte[2]).build());
        assertThat(core.effects)
                .anyMatch(e -> e instanceof Effect.RegistryChanged(List<Change> changes)
                        && changes.size() == 2
                        && changes.getFirst().revision() == 1
                        && changes.getLast().revision() == 1);
    }
}
