package dev.quoin.dlm.api;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A small replicated store of versioned keys with transactions: the cluster's configuration, not its data.
 *
 * <p>Reads are linearizable. All of it is kept in memory on each peer, hence the limits.
 */
public interface Registry {

    /** The longest key, in bytes of UTF-8. */
    int KEY_LENGTH_MAX = 512;

    /** The longest value, in bytes. */
    int VALUE_LENGTH_MAX = 65_536;

    /** The most guards and operations of one transaction, together. */
    int TRANSACTION_SIZE_MAX = 256;

    /** The most bytes of keys and values of one transaction. */
    int TRANSACTION_BYTES_MAX = 524_288;

    /** The entry of {@code key}, if there is one. Blocking. */
    Optional<Entry> get(String key) throws DlmException;

    /** The entries whose keys begin with {@code prefix}, in key order, all of one moment. Blocking. */
    List<Entry> range(String prefix) throws DlmException;

    /** Carries out a transaction and waits for its outcome. Blocking; durable on a majority if committed. */
    default TransactionOutcome commit(Transaction transaction) {
        return commitAsync(transaction).join();
    }

    /** Carries out a transaction; the future never fails. */
    CompletableFuture<TransactionOutcome> commitAsync(Transaction transaction);

    /**
     * Tells {@code listener} of each change under {@code prefix} from revision {@code from} on, in order and each once, on a
     * client thread that it must not block. If the servers no longer know the changes since {@code from}, the listener first
     * gets an event for each key that exists.
     *
     * @return closes to end the watch
     */
    AutoCloseable watch(String prefix, long from, Consumer<Change> listener);

    /**
     * A key with its value.
     *
     * @param revision the registry's revision when it was last written; rises with every transaction that changes anything
     */
    record Entry(String key, byte[] value, long revision) {
        public Entry {
            value = value.clone();
        }

        @Override
        public byte[] value() {
            return value.clone();
        }
    }

    /**
     * A change of one key.
     *
     * @param value the new value, null if the key was deleted
     */
    record Change(String key, byte @Nullable [] value, long revision) {}
}
