package dev.quoin.dlm.core;

import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

/** A session: its lease, its locks, and the results that its client has not acknowledged. */
final class SessionState {

    final long id;
    final UUID nonce;
    final String node;
    final long leaseMillis;

    /** Ended, but holds locks until it is declared fenced. */
    boolean ended;

    long lastSequence;
    final SortedMap<Long, Result> results = new TreeMap<>();

    /** The locks by id. */
    final Map<Long, LockState> locks = new HashMap<>();

    /** The locks whose requests wait, by the sequence number of the request. */
    final Map<Long, LockState> waiting = new HashMap<>();

    boolean persisted;

    SessionState(long id, UUID nonce, String node, long leaseMillis) {
        this.id = id;
        this.nonce = nonce;
        this.node = node;
        this.leaseMillis = leaseMillis;
    }
}
