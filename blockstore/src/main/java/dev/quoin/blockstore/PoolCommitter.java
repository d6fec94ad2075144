package dev.quoin.blockstore;

import dev.quoin.blockstore.catalogue.Decoded;
import dev.quoin.blockstore.catalogue.Names;
import dev.quoin.blockstore.catalogue.PoolState;
import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.Registry;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.api.TransactionOutcome;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Commits the transactions of a pool, one after the other, and knows of each how it ended.
 *
 * <p>Each transaction requires the lock and the pool state as the one before left it, and writes the next state. So a
 * transaction whose answer was lost can simply be sent again: of all its copies one takes effect at most, and none does after
 * a later transaction has.
 *
 * <p>Used by one thread at a time. Blocking.
 */
final class PoolCommitter {

    /** The most operations that a caller may add to a transaction. */
    static final int OPERATIONS_MAX = Registry.TRANSACTION_SIZE_MAX - 16;

    /** The most bytes of keys and values that a caller may add to a transaction. */
    static final int BYTES_MAX = Registry.TRANSACTION_BYTES_MAX - 4_096;

    private static final Duration PAUSE_MIN = Duration.ofMillis(5);
    private static final Duration PAUSE_MAX = Duration.ofMillis(500);

    private final String pool;
    private final Registry registry;
    private final Ownership ownership;
    private final Duration wait;
    private final String stateKey;
    private PoolState state;
    private long stateRevision;

    /**
     * A committer that goes on from {@code state}.
     *
     * @param stateRevision the registry's revision of {@code state}; 0 if it is yet to be written
     * @param wait how long to try while there is no majority
     */
    PoolCommitter(
            String pool, Registry registry, Ownership ownership, Duration wait, PoolState state, long stateRevision) {
        this.pool = pool;
        this.registry = registry;
        this.ownership = ownership;
        this.wait = wait;
        this.stateKey = Names.state(pool);
        this.state = state;
        this.stateRevision = stateRevision;
    }

    /**
     * Commits what {@code changes} adds, and the new high-water mark.
     *
     * @throws BlockStoreException if nothing was changed, and with {@link BlockStoreException.Code#FENCED} if the pool is lost;
     *     with {@link BlockStoreException.Code#EXISTS} if a guard of the caller did not hold
     */
    void commit(int highWater, Consumer<Transaction.Builder> changes) throws BlockStoreException {
        PoolState next = new PoolState(state.generation() + 1, highWater);
        Transaction.Builder builder = Transaction.builder().ifHeld(ownership.lock());
        if (stateRevision == 0) {
            builder.ifAbsent(stateKey);
        } else {
            builder.ifRevision(stateKey, stateRevision);
        }
        builder.put(stateKey, next.encode());
        changes.accept(builder);
        stateRevision = settle(builder.build(), next);
        state = next;
    }

    /** Sends the transaction until its outcome is known; gives the revision of the state that it wrote. */
    private long settle(Transaction transaction, PoolState next) throws BlockStoreException {
        long deadline = System.nanoTime() + wait.toNanos();
        Duration pause = PAUSE_MIN;
        boolean maybeDone = false;
        while (true) {
            switch (attempt(transaction)) {
                case TransactionOutcome.Committed(long revision) -> {
                    return revision;
                }
                case TransactionOutcome.Conflict(Transaction.Guard guard, String found) -> {
                    if (guard instanceof Transaction.Guard.TokenHeld) {
                        throw lost("the lock manager says that its lock is gone: " + found);
                    }
                    Optional<Long> revision = revisionIfDone(next, maybeDone);
                    if (revision.isPresent()) {
                        return revision.get();
                    }
                    throw new BlockStoreException(
                            BlockStoreException.Code.EXISTS,
                            "pool " + pool + ": " + guard + " expected, " + found + " found");
                }
                case TransactionOutcome.Refused(DlmException.Code code, String reason) -> {
                    if (code == DlmException.Code.SESSION_LOST || maybeDone) {
                        throw lost(reason);
                    }
                    throw BlockStoreException.of("pool " + pool, new DlmException(code, reason));
                }
                case TransactionOutcome.NoQuorum(String reason) -> {
                    if (!maybeDone && System.nanoTime() - deadline >= 0) {
                        throw new BlockStoreException(
                                BlockStoreException.Code.NO_QUORUM,
                                "pool " + pool + ": nothing was changed: " + reason);
                    }
                }
                case TransactionOutcome.Indeterminate indeterminate -> maybeDone = true;
            }
            ownership.awaitLost(pause);
            pause = pause.multipliedBy(2).compareTo(PAUSE_MAX) < 0 ? pause.multipliedBy(2) : PAUSE_MAX;
        }
    }

    private TransactionOutcome attempt(Transaction transaction) throws BlockStoreException {
        if (!ownership.isHeld()) {
            throw ownership.asBlockStoreException();
        }
        CompletableFuture<TransactionOutcome> outcome = registry.commitAsync(transaction);
        CompletableFuture.anyOf(outcome, ownership.lost()).join();
        TransactionOutcome known = outcome.getNow(null);
        if (known == null) {
            throw ownership.asBlockStoreException();
        }
        return known;
    }

    /**
     * After a conflict on a key: the revision of the state if an earlier copy of the transaction wrote it, nothing if the state
     * is as it was, so that the conflict is about a key of the caller's.
     */
    private Optional<Long> revisionIfDone(PoolState next, boolean maybeDone) throws BlockStoreException {
        while (ownership.isHeld()) {
            Optional<Registry.Entry> entry;
            try {
                entry = registry.get(stateKey);
            } catch (DlmException notNow) {
                ownership.awaitLost(PAUSE_MAX);
                continue;
            }
            long revision = entry.map(Registry.Entry::revision).orElse(0L);
            if (revision == stateRevision) {
                return Optional.empty();
            }
            if (maybeDone
                    && entry.isPresent()
                    && PoolState.decode(entry.get().value()) instanceof Decoded.Valid<PoolState>(PoolState written)
                    && written.equals(next)) {
                return Optional.of(revision);
            }
            throw lost("its state in the registry was written at revision " + revision + " by somebody else, "
                    + stateRevision + " expected");
        }
        throw ownership.asBlockStoreException();
    }

    private BlockStoreException lost(String reason) {
        ownership.lose(reason);
        return ownership.asBlockStoreException();
    }
}
