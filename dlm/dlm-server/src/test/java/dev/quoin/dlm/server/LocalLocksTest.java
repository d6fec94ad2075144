package dev.quoin.dlm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.Held;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.LockInfo;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockOutcome;
import dev.quoin.dlm.api.LockRequest;
import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.Registry;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.SessionInfo;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.api.TransactionOutcome;
import dev.quoin.dlm.api.ValueBlock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Proves that the client's interface does what it says, over the real core in one process. */
class LocalLocksTest {

    private static final ResourceName R = ResourceName.of("r");
    private final LocalLocks locks = LocalLocks.create();
    private final LockClient a = locks.connect("a");
    private final LockClient b = locks.connect("b");

    @AfterEach
    void close() {
        locks.close();
    }

    private static Lockspace space(LockClient client) throws DlmException {
        return client.lockspace("s", SessionEndPolicy.RELEASE);
    }

    private static Held held(LockOutcome outcome) {
        assertThat(outcome).isInstanceOf(LockOutcome.Granted.class);
        return ((LockOutcome.Granted) outcome).held();
    }

    @Test
    void acquire_free_isGrantedWithRisingTokens() throws Exception {
        Held first = held(space(a).acquire(R, LockRequest.of(LockMode.EX)));
        assertThat(first.mode()).isEqualTo(LockMode.EX);
        assertThat(first.value()).isEqualTo(ValueBlock.EMPTY);
        assertThat(first.isValidFor(Duration.ofDays(1))).isTrue();
        first.releaseAsync(null).join();
        assertThat(first.isValidFor(Duration.ZERO)).isFalse();
        Held second = held(space(b).acquire(R, LockRequest.of(LockMode.EX)));
        assertThat(second.token()).isGreaterThan(first.token());
    }

    @Test
    void acquire_noQueueWhileHeld_isDeniedAndNamesTheHolder() throws Exception {
        held(space(a).acquire(R, LockRequest.of(LockMode.PR)));
        LockOutcome outcome = space(b).acquire(R, LockRequest.of(LockMode.EX).noQueue());
        assertThat(outcome)
                .isInstanceOfSatisfying(
                        LockOutcome.Denied.class,
                        denied -> assertThat(denied.reason())
                                .contains("a (session")
                                .contains("holds PR on s/r"));
    }

    @Test
    void holder_ofWantedLock_isToldAndMayHandItOver() throws Exception {
        CompletableFuture<LockMode> told = new CompletableFuture<>();
        Held first = held(space(a).acquire(R, LockRequest.of(LockMode.EX).onBlocking(told::complete)));
        CompletableFuture<LockOutcome> second = space(b).acquireAsync(R, LockRequest.of(LockMode.PR));
        assertThat(told.join()).isEqualTo(LockMode.PR);
        assertThat(second).isNotDone();
        first.convert(LockRequest.of(LockMode.PR).value(ValueBlock.of(new byte[] {1, 2})));
        assertThat(first.mode()).isEqualTo(LockMode.PR);
        assertThat(held(second.join()).value()).isEqualTo(ValueBlock.of(new byte[] {1, 2}));
    }

    @Test
    void wait_beyondItsTimeout_isTimedOutAndLeavesNothing() throws Exception {
        Held first = held(space(a).acquire(R, LockRequest.of(LockMode.EX)));
        LockOutcome outcome = space(b).acquire(R, LockRequest.of(LockMode.EX).timeout(Duration.ofMillis(30)));
        assertThat(outcome).isInstanceOf(LockOutcome.TimedOut.class);
        assertThat(space(a).locks(new byte[0])).hasSize(1);
        first.releaseAsync(null).join();
        assertThat(space(a).locks(new byte[0])).isEmpty();
    }

    @Test
    void future_cancelled_cancelsTheRequest() throws Exception {
        held(space(a).acquire(R, LockRequest.of(LockMode.EX)));
        CompletableFuture<LockOutcome> waiting = space(b).acquireAsync(R, LockRequest.of(LockMode.EX));
        await().until(() -> space(a).locks(new byte[0]).size() == 2);
        waiting.cancel(false);
        await().until(() -> space(a).locks(new byte[0]).size() == 1);
    }

    @Test
    void thread_interruptedWhileItWaits_getsCancelledAndKeepsItsInterrupt() throws Exception {
        held(space(a).acquire(R, LockRequest.of(LockMode.EX)));
        AtomicReference<LockOutcome> outcome = new AtomicReference<>();
        AtomicBoolean interrupted = new AtomicBoolean();
        Lockspace space = space(b);
        Thread thread = Thread.ofVirtual().start(() -> {
            outcome.set(space.acquire(R, LockRequest.of(LockMode.EX)));
            interrupted.set(Thread.currentThread().isInterrupted());
        });
        await().until(() -> space(a).locks(new byte[0]).size() == 2);
        thread.interrupt();
        thread.join();
        assertThat(outcome.get()).isInstanceOf(LockOutcome.Cancelled.class);
        assertThat(interrupted).isTrue();
    }

    @Test
    void conversions_thatBlockEachOther_endOneInDeadlock() throws Exception {
        Held first = held(space(a).acquire(R, LockRequest.of(LockMode.PR)));
        Held second = held(space(b).acquire(R, LockRequest.of(LockMode.PR)));
        CompletableFuture<LockOutcome> waiting = first.convertAsync(LockRequest.of(LockMode.EX));
        await().until(() -> space(a).locks(new byte[0]).stream().anyMatch(l -> l.wanted() != null));
        assertThat(second.convert(LockRequest.of(LockMode.EX)))
                .isInstanceOfSatisfying(
                        LockOutcome.Deadlock.class, d -> assertThat(d.cycle()).hasSize(2));
        assertThat(second.mode()).isEqualTo(LockMode.PR);
        second.close();
        assertThat(held(waiting.join())).isSameAs(first);
        assertThat(first.mode()).isEqualTo(LockMode.EX);
    }

    @Test
    void convert_twiceAtOnce_isRefused() throws Exception {
        held(space(b).acquire(R, LockRequest.of(LockMode.PR)));
        Held first = held(space(a).acquire(R, LockRequest.of(LockMode.PR)));
        CompletableFuture<LockOutcome> waiting = first.convertAsync(LockRequest.of(LockMode.EX));
        assertThatThrownBy(() -> first.convert(LockRequest.of(LockMode.NL))).isInstanceOf(IllegalStateException.class);
        first.close();
        assertThat(waiting.join()).isInstanceOf(LockOutcome.Cancelled.class);
        assertThatThrownBy(() -> first.convert(LockRequest.of(LockMode.NL))).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void killedSession_ofReleasingSpace_losesItsLocksAndIsTold() throws Exception {
        CompletableFuture<Boolean> lost = new CompletableFuture<>();
        a.onLost(() -> lost.complete(true));
        Held first = held(space(a).acquire(R, LockRequest.of(LockMode.EX)));
        CompletableFuture<LockOutcome> waiting = space(b).acquireAsync(R, LockRequest.of(LockMode.EX));
        locks.kill(a);
        assertThat(held(waiting.join()).value().isValid()).isFalse();
        assertThat(lost.join()).isTrue();
        assertThat(first.isValidFor(Duration.ZERO)).isFalse();
        assertThat(space(b).acquire(ResourceName.of("x"), LockRequest.of(LockMode.NL)))
                .isInstanceOf(LockOutcome.Granted.class);
        assertThatThrownBy(() -> a.sessions())
                .isInstanceOfSatisfying(
                        DlmException.class, e -> assertThat(e.code()).isEqualTo(DlmException.Code.SESSION_LOST));
        CompletableFuture<Boolean> late = new CompletableFuture<>();
        a.onLost(() -> late.complete(true));
        assertThat(late.join()).isTrue();
    }

    @Test
    void killedSession_ofHoldingSpace_keepsItsLocksUntilFenced() throws Exception {
        Lockspace mine = a.lockspace("h", SessionEndPolicy.HOLD_UNTIL_FENCED);
        Lockspace theirs = b.lockspace("h", SessionEndPolicy.HOLD_UNTIL_FENCED);
        held(mine.acquire(R, LockRequest.of(LockMode.EX)));
        assertThatThrownBy(() -> b.declareFenced(a.session()))
                .isInstanceOfSatisfying(
                        DlmException.class, e -> assertThat(e.code()).isEqualTo(DlmException.Code.INVALID_REQUEST));
        locks.kill(a);
        assertThat(theirs.acquire(R, LockRequest.of(LockMode.EX).noQueue())).isInstanceOf(LockOutcome.Denied.class);
        assertThat(theirs.locks(new byte[0])).extracting(LockInfo::state).containsExactly(LockInfo.State.SESSION_ENDED);
        assertThat(b.sessions())
                .extracting(SessionInfo::state)
                .containsExactly(SessionInfo.State.ENDED_NOT_FENCED, SessionInfo.State.ALIVE);
        CompletableFuture<LockOutcome> waiting = theirs.acquireAsync(R, LockRequest.of(LockMode.EX));
        b.declareFenced(a.session());
        held(waiting.join());
        b.declareFenced(a.session());
        assertThat(b.sessions()).hasSize(1);
    }

    @Test
    void close_ofSession_releasesEvenWhatWouldBeHeld() throws Exception {
        held(a.lockspace("h", SessionEndPolicy.HOLD_UNTIL_FENCED).acquire(R, LockRequest.of(LockMode.EX)));
        a.close();
        a.close();
        Held second = held(b.lockspace("h", SessionEndPolicy.HOLD_UNTIL_FENCED)
                .acquire(R, LockRequest.of(LockMode.EX).noQueue()));
        assertThat(second.value().isValid()).isTrue();
        assertThat(b.sessions()).hasSize(1);
    }

    @Test
    void lockspace_openedWithAnotherPolicy_isRefused() throws Exception {
        space(a);
        assertThatThrownBy(() -> b.lockspace("s", SessionEndPolicy.HOLD_UNTIL_FENCED))
                .isInstanceOf(DlmException.class)
                .hasMessageContaining("has policy RELEASE");
    }

    @Test
    void transaction_ofFormerHolder_isAConflict() throws Exception {
        Held first = held(space(a).acquire(R, LockRequest.of(LockMode.EX)));
        Transaction byFirst =
                Transaction.builder().ifHeld(first).put("k", new byte[] {1}).build();
        assertThat(a.registry().commit(byFirst)).isEqualTo(new TransactionOutcome.Committed(1));
        first.releaseAsync(null).join();
        held(space(b).acquire(R, LockRequest.of(LockMode.EX)));
        assertThat(a.registry().commit(byFirst)).isInstanceOf(TransactionOutcome.Conflict.class);
        assertThat(a.registry().get("k").orElseThrow().revision()).isEqualTo(1);
        assertThat(a.registry().get("absent")).isEmpty();
    }

    @Test
    void watch_tellsEachChangeOnceInOrder() throws Exception {
        Registry registry = a.registry();
        registry.commit(Transaction.builder().put("w/0", new byte[0]).build());
        List<Registry.Change> seen = new CopyOnWriteArrayList<>();
        AutoCloseable watch = b.registry().watch("w/", 0, seen::add);
        for (int i = 1; i <= 50; i++) {
            registry.commit(Transaction.builder()
                    .put("w/" + i, new byte[] {(byte) i})
                    .put("other/" + i, new byte[0])
                    .build());
        }
        registry.commit(Transaction.builder().delete("w/7").build());
        await().until(() -> seen.size() == 52);
        List<Long> revisions = seen.stream().map(Registry.Change::revision).toList();
        assertThat(revisions).isSorted();
        assertThat(seen.getLast().value()).isNull();
        watch.close();
        registry.commit(Transaction.builder().put("w/last", new byte[0]).build());
        b.sessions();
        assertThat(seen).hasSize(52);
    }

    @Test
    void range_largerThanAFrame_comesWhole() throws Exception {
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            String key = "big/%02d".formatted(i);
            keys.add(key);
            a.registry().commit(Transaction.builder().put(key, new byte[60_000]).build());
        }
        assertThat(b.registry().range("big/")).extracting(Registry.Entry::key).containsExactlyElementsOf(keys);
    }

    @Test
    void manyThreads_onOneLock_neverHoldItTogether() throws Exception {
        Lockspace space = space(a);
        int[] counter = new int[1];
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 20; t++) {
            threads.add(Thread.ofVirtual().start(() -> {
                for (int i = 0; i < 50; i++) {
                    Held held = held(space.acquire(R, LockRequest.of(LockMode.EX)));
                    counter[0]++;
                    held.close();
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(counter[0]).isEqualTo(1000);
    }
}
