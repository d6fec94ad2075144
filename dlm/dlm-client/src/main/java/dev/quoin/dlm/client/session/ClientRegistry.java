package dev.quoin.dlm.client.session;

import dev.quoin.dlm.api.DlmException;
import dev.quoin.dlm.api.Registry;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.api.TransactionOutcome;
import dev.quoin.dlm.proto.Get;
import dev.quoin.dlm.proto.Operation;
import dev.quoin.dlm.proto.Range;
import dev.quoin.dlm.proto.Result;
import dev.quoin.dlm.proto.WatchEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** The registry as one session sees it. */
final class ClientRegistry implements Registry {

    private final ClientSession session;
    private final Map<Long, ClientWatch> watches = new ConcurrentHashMap<>();
    private final AtomicLong nextWatch = new AtomicLong(1);

    ClientRegistry(ClientSession session) {
        this.session = session;
    }

    @Override
    public Optional<Entry> get(String key) throws DlmException {
        return entries(Operation.newBuilder().setGet(Get.newBuilder().setKey(key))).stream()
                .findFirst();
    }

    @Override
    public List<Entry> range(String prefix) throws DlmException {
        return entries(Operation.newBuilder().setRange(Range.newBuilder().setPrefix(prefix)));
    }

    private List<Entry> entries(Operation.Builder operation) throws DlmException {
        List<Entry> all = new ArrayList<>();
        for (Result result : Replies.ask(session, operation)) {
            if (!result.hasEntries()) {
                throw Replies.unexpected(result);
            }
            for (dev.quoin.dlm.proto.Change entry : result.getEntries().getEntriesList()) {
                all.add(new Entry(entry.getKey(), entry.getValue().toByteArray(), entry.getRevision()));
            }
        }
        return List.copyOf(all);
    }

    @Override
    public TransactionOutcome commit(Transaction transaction) {
        // Not by way of commitAsync, whose future completes on another thread.
        return start(transaction).outcome.join();
    }

    @Override
    public CompletableFuture<TransactionOutcome> commitAsync(Transaction transaction) {
        CompletableFuture<TransactionOutcome> future = new CompletableFuture<>();
        start(transaction)
                .outcome
                .whenCompleteAsync((outcome, impossible) -> future.complete(outcome), session.callbacks());
        return future;
    }

    private CommitPending start(Transaction transaction) {
        CommitPending pending = new CommitPending(transaction);
        session.start(pending);
        return pending;
    }

    @Override
    public AutoCloseable watch(String prefix, long from, Consumer<Registry.Change> listener) {
        ClientWatch watch = new ClientWatch(session, nextWatch.getAndIncrement(), prefix, from, listener, watches);
        watches.put(watch.id(), watch);
        watch.start();
        return watch;
    }

    void onEvent(WatchEvent event) {
        ClientWatch watch = watches.get(event.getWatch());
        if (watch != null) {
            watch.onEvent(event.getChangesList());
        }
    }

    void restartWatches() {
        watches.values().forEach(ClientWatch::start);
    }

    void restartWatch(long id) {
        ClientWatch watch = watches.get(id);
        if (watch != null) {
            watch.start();
        }
    }
}
