package dev.quoin.dlm.core;

import dev.quoin.dlm.api.DlmException.Code;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.SessionId;
import dev.quoin.dlm.api.SessionInfo;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The whole state of the lock manager and what commands do to it.
 *
 * <p>Not thread safe: one thread owns it. It never fails on a command that a client can cause; what is wrong with a command
 * becomes its answer.
 */
public final class LockCore {

    private final Limits limits;
    final ChangeTracker changes;
    private final Outbox out;
    final LockTable locks;
    final Orphans orphans;
    final RangeTable ranges;
    final RegistryTable registry;
    private final Conversions conversions;
    private final ManyLocks manyLocks;
    private final LockListing listing;
    private final WaitGraph graph;

    /** By id, in order. */
    final TreeMap<Long, SessionState> sessions = new TreeMap<>();

    private final Map<UUID, SessionState> living = new HashMap<>();
    long nextSession = 1;

    /** The highest stamp seen, in milliseconds since 1970. */
    long clock;

    /**
     * An empty state.
     *
     * @param tracksChanges whether snapshots will be taken by {@link StateImages#fork}
     */
    public LockCore(Limits limits, boolean tracksChanges) {
        this.limits = limits;
        changes = new ChangeTracker(tracksChanges);
        out = new Outbox(changes);
        locks = new LockTable(limits, changes, out);
        orphans = new Orphans(locks);
        ranges = new RangeTable(locks);
        registry = new RegistryTable(limits, changes, locks, out);
        conversions = new Conversions(locks);
        manyLocks = new ManyLocks(locks);
        listing = new LockListing(locks);
        graph = new WaitGraph(locks, listing);
    }

    /**
     * Carries out one command.
     *
     * @param stampMillis the proposer's clock in milliseconds since 1970; it only labels, nothing is decided by it
     */
    public void apply(Command command, long stampMillis, EffectSink effects) {
        clock = Math.max(clock, stampMillis);
        locks.nowMillis = clock;
        out.open(effects);
        switch (command) {
            case Command.OpenSession open -> open(open);
            case Command.ExpireSession(long id) -> expire(id, "its lease ran out");
            case Command.BreakDeadlock breakDeadlock -> graph.breakDeadlock(breakDeadlock);
            case Command.Fenced(long id) -> fenced(id);
            case Command.Attach(long id) -> attach(id);
            case Command.Acknowledge acknowledge -> acknowledge(acknowledge);
            case Command.Perform(long id, long sequence, Operation operation) -> perform(id, sequence, operation);
        }
        out.open(EffectSink.NONE);
    }

    private void open(Command.OpenSession open) {
        SessionState session = living.get(open.nonce());
        if (session == null) {
            String wrong = wrong(open);
            if (wrong != null) {
                out.tell(new Effect.OpenRefused(open.nonce(), Code.LIMIT_EXCEEDED, wrong));
                return;
            }
            if (open.supersede()) {
                for (SessionState other : List.copyOf(sessions.values())) {
                    if (!other.ended && other.node.equals(open.node())) {
                        expire(other.id, "node " + open.node() + " opened a newer session");
                    }
                }
            }
            session = new SessionState(nextSession++, open.nonce(), open.node(), open.leaseMillis(), clock);
            changes.session(session);
            sessions.put(session.id, session);
            living.put(session.nonce, session);
        }
        out.tell(new Effect.Opened(session.nonce, session.id, session.leaseMillis, session.lastSequence));
    }

    private @Nullable String wrong(Command.OpenSession open) {
        if (sessions.size() >= limits.sessions()) {
            return sessions.size() + " sessions exist, the limit is " + limits.sessions()
                    + ": close sessions that are not needed, declare dead ones fenced";
        }
        if (open.leaseMillis() < Limits.LEASE_MILLIS_MIN || open.leaseMillis() > Limits.LEASE_MILLIS_MAX) {
            return "lease of " + open.leaseMillis() + " ms found, " + Limits.LEASE_MILLIS_MIN + " to "
                    + Limits.LEASE_MILLIS_MAX + " ms expected";
        }
        return Names.wrongNode(open.node());
    }

    private void expire(long id, String reason) {
        SessionState session = sessions.get(id);
        if (session != null && !session.ended) {
            end(session);
            release(session, space -> space.keepsFor(session));
            out.tell(new Effect.SessionGone(id, reason));
            if (!session.hasNothing()) {
                out.tell(new Effect.FenceNeeded(id, session.node));
            }
        }
    }

    private void end(SessionState session) {
        changes.session(session);
        session.ended = true;
        living.remove(session.nonce);
        session.results.clear();
        session.broken.clear();
    }

    /** Releases what an ended session has but for some lockspaces; one that has nothing left is forgotten. */
    private void release(SessionState session, Predicate<LockspaceState> keeps) {
        orphans.endLocks(session, false, keeps);
        ranges.endRanges(session, keeps);
        forgetIfEmpty(session);
    }

    private void forgetIfEmpty(SessionState session) {
        if (session.hasNothing()) {
            changes.sessionEnded(session);
            sessions.remove(session.id);
        }
    }

    /** The session says itself that it is done, so nothing is left half done, whatever the policy. */
    private void close(SessionState session) {
        end(session);
        orphans.endLocks(session, true, space -> false);
        ranges.endRanges(session, space -> false);
        forgetIfEmpty(session);
    }

    private void attach(long id) {
        SessionState session = sessions.get(id);
        if (session == null || session.ended) {
            out.tell(new Effect.SessionGone(id, "it has ended"));
            return;
        }
        out.tell(new Effect.Attached(id, session.lastSequence));
        locks.tellBlocking(session);
    }

    private void acknowledge(Command.Acknowledge acknowledge) {
        SessionState session = sessions.get(acknowledge.session());
        if (session == null || session.results.isEmpty()) {
            return;
        }
        changes.session(session);
        session.results.headMap(acknowledge.through() + 1).clear();
        for (long sequence : acknowledge.selected()) {
            session.results.remove(sequence);
        }
    }

    private void perform(long id, long sequence, Operation operation) {
        SessionState session = sessions.get(id);
        if (session == null || session.ended) {
            out.tell(new Effect.SessionGone(id, "it has ended"));
        } else if (sequence <= session.lastSequence) {
            repeat(session, sequence, operation);
        } else if (sequence > session.lastSequence + 1) {
            out.tell(new Effect.Resend(id, session.lastSequence + 1));
        } else {
            changes.session(session);
            session.lastSequence = sequence;
            if (session.results.size() >= limits.resultsPerSession()) {
                out.tell(new Effect.Answer(
                        id,
                        sequence,
                        new Result.Refused(
                                Code.LIMIT_EXCEEDED,
                                session.results.size() + " results are not acknowledged, the limit is "
                                        + limits.resultsPerSession())));
            } else {
                perform(session, sequence, operation);
            }
        }
    }

    private void repeat(SessionState session, long sequence, Operation operation) {
        Result kept = session.results.get(sequence);
        if (kept != null) {
            out.tell(new Effect.Answer(session.id, sequence, kept));
            if (kept instanceof Result.Granted(long lock, long _, var _, boolean _)) {
                // Its client may hear of the grant only now, and could make nothing of a notification before it.
                locks.tellBlocking(session, lock);
            }
        } else if (operation instanceof Operation.Read read) {
            read(session, sequence, read);
        }
        // Else it waits, or its result was acknowledged: in both cases there is nothing to say now.
    }

    private void perform(SessionState session, long sequence, Operation operation) {
        switch (operation) {
            case Operation.OpenLockspace open -> out.answer(session, sequence, locks.openLockspace(open));
            case Operation.Acquire acquire -> locks.acquire(session, sequence, acquire);
            case Operation.AcquireMany many -> manyLocks.acquire(session, sequence, many);
            case Operation.Adopt adopt -> orphans.adopt(session, sequence, adopt);
            case Operation.Convert convert -> conversions.convert(session, sequence, convert);
            case Operation.Release release -> locks.release(session, sequence, release);
            case Operation.Cancel cancel -> {
                locks.cancel(session, cancel);
                ranges.cancel(session, cancel);
                out.answer(session, sequence, new Result.Done());
            }
            case Operation.Commit(var transaction) -> out.answer(session, sequence, registry.commit(transaction));
            case Operation.SetRange range -> ranges.set(session, sequence, range);
            case Operation.BreakLock breakLock -> out.answer(session, sequence, breakLock(breakLock));
            case Operation.DeclareFenced(long ended) -> out.answer(session, sequence, declareFenced(ended));
            case Operation.DeclareRecovered recovered -> out.answer(session, sequence, declareRecovered(recovered));
            case Operation.Malformed(String reason) ->
                out.answer(session, sequence, new Result.Refused(Code.INVALID_REQUEST, reason));
            case Operation.NotAllowed(String reason) ->
                out.answer(session, sequence, new Result.Refused(Code.NOT_ALLOWED, reason));
            case Operation.EndSession() -> {
                close(session);
                out.tell(new Effect.Answer(session.id, sequence, new Result.Done()));
                out.tell(new Effect.SessionGone(session.id, "it was closed"));
            }
            case Operation.Read read -> read(session, sequence, read);
        }
    }

    private Result breakLock(Operation.BreakLock breakLock) {
        LockState lock = locks.locks.get(breakLock.lock());
        SessionState holder = lock == null ? null : lock.session;
        Result result = orphans.breakLock(breakLock);
        if (holder != null && holder.ended && holder.id != Orphans.SESSION) {
            forgetIfEmpty(holder);
        }
        return result;
    }

    private Result declareFenced(long ended) {
        SessionState session = sessions.get(ended);
        if (session != null && !session.ended) {
            return new Result.Refused(
                    Code.INVALID_REQUEST,
                    "session " + ended + " of " + session.node + " is alive: only an ended session can be fenced");
        }
        fenced(ended);
        return new Result.Done();
    }

    private void fenced(long ended) {
        SessionState session = sessions.get(ended);
        if (session != null && session.ended && !session.fenced) {
            changes.session(session);
            session.fenced = true;
            release(session, space -> space.keepsFor(session));
        }
    }

    private Result declareRecovered(Operation.DeclareRecovered recovered) {
        SessionState session = sessions.get(recovered.ended());
        LockspaceState space = locks.spacesByName.get(recovered.lockspace());
        if (space == null) {
            String wrong = Names.wrongLockspace(recovered.lockspace());
            return new Result.Refused(
                    Code.NOT_FOUND, wrong == null ? "lockspace " + recovered.lockspace() + " does not exist" : wrong);
        }
        if (session != null && !session.fenced) {
            return new Result.Refused(
                    Code.INVALID_REQUEST,
                    "session " + session.id + " of " + session.node + " is "
                            + (session.ended ? "not fenced: fence it first" : "alive"));
        }
        if (session != null) {
            release(session, other -> !other.equals(space));
        }
        return new Result.Done();
    }

    private void read(SessionState session, long sequence, Operation.Read read) {
        if (!out.wantsReads()) {
            return;
        }
        Result result = switch (read) {
            case Operation.Get(String key) -> registry.get(key);
            case Operation.Range(String prefix) -> registry.range(prefix);
            case Operation.Watch watch -> registry.watch(watch);
            case Operation.ListSessions() -> new Result.Sessions(sessions());
            case Operation.ListLocks list -> listing.locks(list);
            case Operation.ListLockspaces() -> listing.lockspaces();
            case Operation.ListWaits(String lockspace) -> listing.waits(lockspace);
            case Operation.FindDeadlocks() -> graph.deadlocks();
            case Operation.TestRange test -> ranges.test(session, test);
            case Operation.ListRanges list -> ranges.list(list);
        };
        // Not kept: a read whose answer was lost is done again.
        out.tell(new Effect.Answer(session.id, sequence, result));
    }

    /** All sessions by id. */
    public List<SessionInfo> sessions() {
        return sessions.values().stream()
                .map(session -> new SessionInfo(
                        new SessionId(session.id),
                        session.node,
                        state(session),
                        Duration.ofMillis(session.leaseMillis),
                        Instant.ofEpochMilli(session.openedMillis),
                        session.locks.size()))
                .toList();
    }

    /** The living sessions with their leases in milliseconds, for whoever watches over the leases. */
    public Map<Long, Long> leases() {
        Map<Long, Long> leases = new HashMap<>();
        for (SessionState session : living.values()) {
            leases.put(session.id, session.leaseMillis);
        }
        return leases;
    }

    private static SessionInfo.State state(SessionState session) {
        if (!session.ended) {
            return SessionInfo.State.ALIVE;
        }
        return session.fenced ? SessionInfo.State.FENCED_NOT_RECOVERED : SessionInfo.State.ENDED_NOT_FENCED;
    }

    /** Ended sessions that hold something until they are fenced, with the names of their nodes. */
    public SortedMap<Long, String> unfenced() {
        SortedMap<Long, String> unfenced = new TreeMap<>();
        for (SessionState session : sessions.values()) {
            if (session.ended && !session.fenced) {
                unfenced.put(session.id, session.node);
            }
        }
        return unfenced;
    }

    /**
     * Requests that have waited so long and are in a cycle now, one of each cycle.
     *
     * @param nowMillis by the clock that stamps commands now
     */
    public List<Command.BreakDeadlock> suspects(long nowMillis, long waitMillis) {
        // A clock that is behind the stamps of a former leader cannot tell how long anybody has waited.
        return suspects(clock > nowMillis + waitMillis ? Long.MAX_VALUE : nowMillis - waitMillis);
    }

    /** As {@link #suspects(long, long)}, of requests that have waited since then or longer. */
    List<Command.BreakDeadlock> suspects(long sinceMillis) {
        return locks.waiters == 0 ? List.of() : graph.suspects(sinceMillis);
    }

    /** How many locks are held or waited for. */
    public int lockCount() {
        return locks.locks.size();
    }

    /** How many requests for locks or ranges wait. */
    public int waiterCount() {
        return locks.waiters;
    }

    /** The highest stamp seen, in milliseconds since 1970. */
    public long clockMillis() {
        return clock;
    }

    /** Takes a session of a snapshot in. */
    void restore(SessionState session) {
        sessions.put(session.id, session);
        if (!session.ended) {
            living.put(session.nonce, session);
        }
    }

    /** The node of a session, null if there is no such session. */
    public @Nullable String node(long session) {
        SessionState found = sessions.get(session);
        return found == null ? null : found.node;
    }

    /** The name of a lockspace, null if there is none of that number. */
    public @Nullable String lockspace(int id) {
        return id >= 0 && id < locks.spaces.size() ? locks.spaces.get(id).name : null;
    }

    /** The policy of a lockspace, null if there is none of that name. */
    public @Nullable SessionEndPolicy policy(String lockspace) {
        LockspaceState space = locks.spacesByName.get(lockspace);
        return space == null ? null : space.policy;
    }
}
