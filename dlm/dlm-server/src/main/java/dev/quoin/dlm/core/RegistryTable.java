package dev.quoin.dlm.core;

import dev.quoin.dlm.api.DlmException.Code;
import dev.quoin.dlm.api.Registry;
import dev.quoin.dlm.api.Registry.Change;
import dev.quoin.dlm.api.Registry.Entry;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.api.Transaction.Guard;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The registry: versioned keys and the transactions on them. */
final class RegistryTable {

    /** A value and when it was last written. */
    record Versioned(byte[] value, long revision) {}

    private final Limits limits;
    private final ChangeTracker changes;
    private final LockTable locks;
    private final Outbox out;

    final NavigableMap<String, Versioned> entries = new TreeMap<>();
    ChangeHistory history = new ChangeHistory(0);
    long revision;
    private long bytes;

    RegistryTable(Limits limits, ChangeTracker changes, LockTable locks, Outbox out) {
        this.limits = limits;
        this.changes = changes;
        this.locks = locks;
        this.out = out;
    }

    Result commit(Transaction transaction) {
        String wrong = wrong(transaction);
        if (wrong != null) {
            return new Result.Refused(Code.LIMIT_EXCEEDED, wrong);
        }
        for (int i = 0; i < transaction.guards().size(); i++) {
            Guard guard = transaction.guards().get(i);
            String found = violation(guard);
            if (found != null) {
                if (guard instanceof Guard.TokenHeld) {
                    out.tell(new Effect.FencedWriteRejected());
                }
                return new Result.Conflict(i, found);
            }
        }
        wrong = overfull(transaction);
        if (wrong != null) {
            return new Result.Refused(Code.LIMIT_EXCEEDED, wrong);
        }
        long next = revision + 1;
        List<Change> made = new ArrayList<>();
        for (Transaction.Operation operation : transaction.operations()) {
            switch (operation) {
                case Transaction.Operation.Put(String key, byte[] value) -> {
                    changes.key(key);
                    byte[] kept = value.clone();
                    put(key, new Versioned(kept, next));
                    made.add(new Change(key, kept, next));
                }
                case Transaction.Operation.Delete(String key) -> {
                    if (entries.containsKey(key)) {
                        changes.key(key);
                    }
                    Versioned old = entries.remove(key);
                    if (old != null) {
                        bytes -= size(key, old.value());
                        made.add(new Change(key, null, next));
                    }
                }
            }
        }
        if (!made.isEmpty()) {
            revision = next;
            for (Change change : made) {
                history.add(change);
            }
            out.tell(new Effect.RegistryChanged(List.copyOf(made)));
        }
        return new Result.Committed(revision);
    }

    /** Sets an entry; also used to load a snapshot. */
    void put(String key, Versioned versioned) {
        Versioned old = entries.put(key, versioned);
        bytes += size(key, versioned.value()) - (old == null ? 0 : size(key, old.value()));
    }

    private static long size(String key, byte[] value) {
        return key.getBytes(StandardCharsets.UTF_8).length + (long) value.length;
    }

    private static @Nullable String wrong(Transaction transaction) {
        int count = transaction.guards().size() + transaction.operations().size();
        if (count > Registry.TRANSACTION_SIZE_MAX) {
            return "transaction of " + count + " guards and operations found, at most " + Registry.TRANSACTION_SIZE_MAX
                    + " expected: split it";
        }
        long total = 0;
        for (Guard guard : transaction.guards()) {
            // What a conflict says of a guard is kept until its client acknowledges it.
            String wrongGuard = switch (guard) {
                case Guard.RevisionIs(String key, long _) -> Names.wrongKey(key);
                case Guard.TokenHeld held -> Names.wrongLockspace(held.lockspace());
            };
            if (wrongGuard != null) {
                return wrongGuard;
            }
        }
        for (Transaction.Operation operation : transaction.operations()) {
            String key = switch (operation) {
                case Transaction.Operation.Put(String put, byte[] value) -> {
                    total += value.length;
                    if (value.length > Registry.VALUE_LENGTH_MAX) {
                        yield null;
                    }
                    yield put;
                }
                case Transaction.Operation.Delete(String delete) -> delete;
            };
            if (key == null) {
                return "registry value longer than " + Registry.VALUE_LENGTH_MAX + " bytes found: split it";
            }
            String wrongKey = Names.wrongKey(key);
            if (wrongKey != null) {
                return wrongKey;
            }
            total += key.getBytes(StandardCharsets.UTF_8).length;
        }
        return total <= Registry.TRANSACTION_BYTES_MAX
                ? null
                : "transaction of " + total + " bytes found, at most " + Registry.TRANSACTION_BYTES_MAX
                        + " expected: split it";
    }

    private @Nullable String overfull(Transaction transaction) {
        long added = 0;
        int keys = 0;
        for (Transaction.Operation operation : transaction.operations()) {
            if (operation instanceof Transaction.Operation.Put(String key, byte[] value)) {
                Versioned old = entries.get(key);
                added += size(key, value) - (old == null ? 0 : size(key, old.value()));
                keys += old == null ? 1 : 0;
            }
        }
        // Deletions of the same transaction are not set off: a full registry is emptied first.
        if (keys > 0 && entries.size() + keys > limits.registryKeys()) {
            return "registry holds " + entries.size() + " keys, " + keys + " more would pass the limit of "
                    + limits.registryKeys() + ": delete keys first";
        }
        return added > 0 && bytes + added > limits.registryBytes()
                ? "registry holds " + bytes + " bytes, " + added + " more would pass the limit of "
                        + limits.registryBytes() + ": delete keys first"
                : null;
    }

    private @Nullable String violation(Guard guard) {
        return switch (guard) {
            case Guard.RevisionIs(String key, long expected) -> {
                Versioned found = entries.get(key);
                long actual = found == null ? 0 : found.revision();
                yield actual == expected
                        ? null
                        : "key " + key + " has revision " + actual + ", " + expected + " expected";
            }
            case Guard.TokenHeld held ->
                isHeld(held)
                        ? null
                        : "lock " + held.lockspace() + "/" + held.resource() + " is not held with token "
                                + held.token().value();
        };
    }

    private boolean isHeld(Guard.TokenHeld guard) {
        long token = guard.token().value();
        if (guard.lock() != 0) {
            LockState lock = locks.locks.get(guard.lock());
            return lock != null && counts(lock, token);
        }
        LockspaceState space = locks.spacesByName.get(guard.lockspace());
        Resource resource = space == null ? null : space.resources.get(guard.resource());
        if (resource == null) {
            return false;
        }
        for (LockQueue queue : List.of(resource.granted, resource.converting)) {
            for (LockState lock = queue.head; lock != null; lock = lock.next) {
                if (counts(lock, token)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** A session that has ended may be paused, not dead: it must not write any more. */
    private static boolean counts(LockState lock, long token) {
        return lock.granted != null && lock.token == token && !lock.session.ended;
    }

    Result get(String key) {
        Versioned found = entries.get(key);
        return new Result.Entries(found == null ? List.of() : List.of(new Entry(key, found.value(), found.revision())));
    }

    Result range(String prefix) {
        List<Entry> found = new ArrayList<>();
        for (var entry : entries.tailMap(prefix, true).entrySet()) {
            if (!entry.getKey().startsWith(prefix)) {
                break;
            }
            if (found.size() == limits.listed()) {
                return new Result.Refused(
                        Code.LIMIT_EXCEEDED,
                        "more than " + limits.listed() + " keys begin with \"" + prefix
                                + "\": ask for a longer prefix");
            }
            found.add(new Entry(
                    entry.getKey(), entry.getValue().value(), entry.getValue().revision()));
        }
        return new Result.Entries(found);
    }

    Result watch(Operation.Watch watch) {
        List<Change> since = history.since(watch.prefix(), watch.from());
        if (since == null) {
            since = new ArrayList<>();
            for (var entry : entries.tailMap(watch.prefix(), true).entrySet()) {
                if (!entry.getKey().startsWith(watch.prefix())) {
                    break;
                }
                since.add(new Change(
                        entry.getKey(),
                        entry.getValue().value(),
                        entry.getValue().revision()));
            }
        }
        return new Result.Watched(since, revision + 1);
    }
}
