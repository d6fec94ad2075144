package dev.quoin.dlm.core;

import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;

/** A session: its lease, its locks, and the results that its client has not acknowledged. */
final class SessionState {

    final long id;
    final UUID nonce;
    final String node;
    final long leaseMillis;

    /** A label. */
    final long openedMillis;

    /** Ended, but holds locks until it is fenced or recovered. */
    boolean ended;

    /** Ended and cut off from the storage. */
    boolean fenced;

    long lastSequence;
    final SortedMap<Long, Result> results = new TreeMap<>();

    /** Locks that were taken from it and that its client has not let go of: it may not know. */
    final SortedSet<Long> broken = new TreeSet<>();

    /** The locks by id. */
    final Map<Long, LockState> locks = new HashMap<>();

    /** The locks whose requests wait, by the sequence number of the request. */
    final Map<Long, LockState> waiting = new HashMap<>();

    /** Those of {@link #waiting} that take part in the search for deadlocks, by their owners. */
    final Map<Long, Set<LockState>> waitingByOwner = new HashMap<>();

    /** The files in which it has range locks. */
    final Set<RangeFile> rangeFiles = new LinkedHashSet<>();

    /** The requests for ranges that wait, by the sequence number of the request. */
    final Map<Long, RangeFile.Waiter> waitingRanges = new HashMap<>();

    /** The same by their owners, then in the order of the requests: a search goes the same way at all replicas. */
    private final Map<Long, SortedMap<Long, RangeFile.Waiter>> waitingRangesByOwner = new HashMap<>();

    boolean persisted;

    SessionState(long id, UUID nonce, String node, long leaseMillis, long openedMillis) {
        this.id = id;
        this.nonce = nonce;
        this.node = node;
        this.leaseMillis = leaseMillis;
        this.openedMillis = openedMillis;
    }

    boolean hasNothing() {
        return locks.isEmpty() && rangeFiles.isEmpty();
    }

    void waits(LockState lock) {
        waiting.put(lock.request, lock);
        if (lock.owner != 0) {
            waitingByOwner
                    .computeIfAbsent(lock.owner, owner -> new LinkedHashSet<>(2))
                    .add(lock);
        }
    }

    void waitsNoMore(LockState lock) {
        waiting.remove(lock.request);
        Set<LockState> same = waitingByOwner.get(lock.owner);
        if (same != null) {
            same.remove(lock);
            if (same.isEmpty()) {
                waitingByOwner.remove(lock.owner);
            }
        }
    }

    void waits(RangeFile.Waiter waiter) {
        waitingRanges.put(waiter.request(), waiter);
        waitingRangesByOwner
                .computeIfAbsent(waiter.owner(), owner -> new TreeMap<>())
                .put(waiter.request(), waiter);
    }

    void waitsNoMore(RangeFile.Waiter waiter) {
        waitingRanges.remove(waiter.request());
        SortedMap<Long, RangeFile.Waiter> same = waitingRangesByOwner.get(waiter.owner());
        if (same != null) {
            same.remove(waiter.request());
            if (same.isEmpty()) {
                waitingRangesByOwner.remove(waiter.owner());
            }
        }
    }

    /** The requests for ranges for which an owner waits. */
    Collection<RangeFile.Waiter> rangesWaitedForBy(long owner) {
        return waitingRangesByOwner
                .getOrDefault(owner, Collections.emptySortedMap())
                .values();
    }
}
