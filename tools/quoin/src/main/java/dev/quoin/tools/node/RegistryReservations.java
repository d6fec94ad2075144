package dev.quoin.tools.node;

import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.Registry;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.api.TransactionOutcome;
import dev.quoin.iscsi.unit.ReservationStore;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Persistent reservations in the registry of the lock manager, so that they outlive the node and are one truth for all nodes.
 *
 * <pre>
 * key                        | value
 * reservations/SERIAL        | as the target encodes them
 * </pre>
 */
final class RegistryReservations implements ReservationStore {

    private static final String PREFIX = "reservations/";

    private final Registry registry;

    RegistryReservations(Registry registry) {
        this.registry = registry;
    }

    @Override
    public CompletableFuture<Optional<Kept>> load(String unit) {
        CompletableFuture<Optional<Kept>> loaded = new CompletableFuture<>();
        // Reading waits for a majority, and who asks must not.
        Thread.ofVirtual().name("reservations-" + unit).start(() -> {
            try {
                loaded.complete(registry.get(PREFIX + unit).map(entry -> new Kept(entry.value(), entry.revision())));
            } catch (DlmException failure) {
                loaded.completeExceptionally(failure);
            }
        });
        return loaded;
    }

    @Override
    public CompletableFuture<OptionalLong> save(String unit, byte[] image, long revision) {
        Transaction replace = Transaction.builder()
                .ifRevision(PREFIX + unit, revision)
                .put(PREFIX + unit, image)
                .build();
        return registry.commitAsync(replace).thenCompose(outcome -> switch (outcome) {
            case TransactionOutcome.Committed(long made) -> CompletableFuture.completedFuture(OptionalLong.of(made));
            case TransactionOutcome.Conflict _ -> CompletableFuture.completedFuture(OptionalLong.empty());
            case TransactionOutcome.Refused(var code, String reason) -> failed(unit, reason);
            case TransactionOutcome.NoQuorum(String reason) -> failed(unit, reason);
            // What is kept now tells whether it was carried out.
            case TransactionOutcome.Indeterminate _ ->
                load(unit)
                        .thenApply(found -> found.filter(kept -> Arrays.equals(kept.image(), image))
                                .map(kept -> OptionalLong.of(kept.revision()))
                                .orElseGet(OptionalLong::empty));
        });
    }

    private static CompletableFuture<OptionalLong> failed(String unit, String reason) {
        return CompletableFuture.failedFuture(new CompletionException(
                new IOException("the reservations of unit " + unit + " were not kept: " + reason)));
    }
}
