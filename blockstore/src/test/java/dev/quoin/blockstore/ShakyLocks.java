package dev.quoin.blockstore;

import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.ForwardingLockClient;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.Registry;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.api.TransactionOutcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A session whose registry loses answers, is without a majority at times or is slow, as a real one does around a change of
 * leader. Locks and reads go through.
 */
final class ShakyLocks extends ForwardingLockClient {

    /** What becomes of a transaction. */
    enum Fate {
        /** It is carried out and answered. */
        PASS,
        /** It is not carried out, and the answer says so. */
        NO_QUORUM,
        /** It is not carried out, and the answer is lost. */
        LOST_BEFORE,
        /** It is carried out, and the answer is lost. */
        LOST_AFTER,
        /** The answer is lost, and it is carried out after the next one. */
        LATE
    }

    private final LockClient real;
    private final AtomicInteger commits = new AtomicInteger();
    private final List<TransactionOutcome> lateOutcomes = new ArrayList<>();
    private final List<Transaction> late = new ArrayList<>();
    private final List<Runnable> held = new ArrayList<>();
    private volatile Supplier<Fate> fates = () -> Fate.PASS;
    private boolean holding;

    ShakyLocks(LockClient real) {
        super(real);
        this.real = real;
    }

    /** Sets who decides about the next transactions. */
    void fates(Supplier<Fate> supplier) {
        fates = supplier;
    }

    /** How many transactions were asked for. */
    int commits() {
        return commits.get();
    }

    /** How the transactions ended that were carried out late. */
    synchronized List<TransactionOutcome> lateOutcomes() {
        return List.copyOf(lateOutcomes);
    }

    /** Keeps the transactions that come from now on. */
    synchronized void hold() {
        holding = true;
    }

    /** Carries the kept transactions out. */
    void release() {
        List<Runnable> released;
        synchronized (this) {
            holding = false;
            released = List.copyOf(held);
            held.clear();
        }
        released.forEach(Runnable::run);
    }

    /** How many transactions are kept. */
    synchronized int heldCount() {
        return held.size();
    }

    private CompletableFuture<TransactionOutcome> ask(Transaction transaction) {
        commits.incrementAndGet();
        CompletableFuture<TransactionOutcome> done = new CompletableFuture<>();
        Runnable action = () -> decide(transaction).whenComplete((outcome, bug) -> {
            if (bug == null) {
                done.complete(outcome);
            } else {
                done.completeExceptionally(bug);
            }
        });
        synchronized (this) {
            if (holding) {
                held.add(action);
                return done;
            }
        }
        action.run();
        return done;
    }

    private CompletableFuture<TransactionOutcome> decide(Transaction transaction) {
        Fate fate = fates.get();
        CompletableFuture<TransactionOutcome> answer = switch (fate) {
            case PASS -> real.registry().commitAsync(transaction);
            case NO_QUORUM -> CompletableFuture.completedFuture(new TransactionOutcome.NoQuorum("injected"));
            case LOST_BEFORE, LATE ->
                CompletableFuture.completedFuture(new TransactionOutcome.Indeterminate("injected"));
            case LOST_AFTER ->
                real.registry()
                        .commitAsync(transaction)
                        .thenApply(known -> new TransactionOutcome.Indeterminate("injected"));
        };
        if (fate == Fate.LATE) {
            synchronized (this) {
                late.add(transaction);
            }
        } else if (fate == Fate.PASS) {
            answer.thenRun(this::carryOutLate);
        }
        return answer;
    }

    private synchronized void carryOutLate() {
        for (Transaction transaction : late) {
            real.registry().commitAsync(transaction).thenAccept(outcome -> {
                synchronized (this) {
                    lateOutcomes.add(outcome);
                }
            });
        }
        late.clear();
    }

    @Override
    public Registry registry() {
        Registry under = real.registry();
        return new Registry() {
            @Override
            public Optional<Entry> get(String key) throws DlmException {
                return under.get(key);
            }

            @Override
            public List<Entry> range(String prefix) throws DlmException {
                return under.range(prefix);
            }

            @Override
            public CompletableFuture<TransactionOutcome> commitAsync(Transaction transaction) {
                return ask(transaction);
            }

            @Override
            public AutoCloseable watch(String prefix, long from, Consumer<Change> listener) {
                return under.watch(prefix, from, listener);
            }
        };
    }
}
