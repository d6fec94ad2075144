package dev.quoin.dlm.core;

import dev.quoin.dlm.api.DlmException.Code;
import dev.quoin.dlm.api.FencingToken;
import dev.quoin.dlm.api.LockInfo;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.SessionId;
import dev.quoin.dlm.api.SessionInfo;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
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
    final RegistryTable registry;

    /** By id, in order. */
    final TreeMap<Long, SessionState> sessions = new TreeMap<>();

    private final Map<UUID, SessionState> living = new HashMap<>();
    long nextSession = 1;

    /** The highest stamp seen, in milliseconds since 1970. */
    long clock;

    /**
     * An empty state.
     *
     * @param tracksChanges whether snapshots will be taken by {@link StateImages#writeChanges}
     */
    public LockCore(Limits limits, boolean tracksChanges) {
        this.limits = limits;
        changes = new ChangeTracker(tracksChanges);
        out = new Outbox(changes);
        locks = new LockTable(limits, changes, out);
        registry = new RegistryTable(limits, changes, locks, out);
    }

    /**
     * Carries out one command.
     *
     * @param stampMillis the proposer's clock in milliseconds since 1970; it only labels, nothing is decided by it
     */
    public void apply(Command command, long stampMillis, EffectSink effects) {
        clock = Math.max(clock, stampMillis);
        out.open(effects);
        switch (command) {
            case Command.OpenSession open -> open(open);
            case Command.ExpireSession(long id) -> expire(id, "its lease ran out");
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
            session = new SessionState(nextSession++, open.nonce(), open.node(), open.leaseMillis());
            sessions.put(session.id, session);
            living.put(session.nonce, session);
            changes.session(session);
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
            end(session, false, true);
            out.tell(new Effect.SessionGone(id, reason));
        }
    }

    private void end(SessionState session, boolean clean, boolean holds) {
        session.ended = true;
        living.remove(session.nonce);
        session.results.clear();
        locks.endSession(session, clean, holds);
        if (session.locks.isEmpty()) {
            sessions.remove(session.id);
            changes.sessionEnded(session);
        } else {
            changes.session(session);
        }
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
        session.results.headMap(acknowledge.through() + 1).clear();
        for (long sequence : acknowledge.selected()) {
            session.results.remove(sequence);
        }
        changes.session(session);
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
            session.lastSequence = sequence;
            changes.session(session);
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
            if (kept instanceof Result.Granted(long lock, long _, var _)) {
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
            case Operation.Convert convert -> locks.convert(session, sequence, convert);
            case Operation.Release release -> locks.release(session, sequence, release);
            case Operation.Cancel cancel -> {
                locks.cancel(session, cancel);
                out.answer(session, sequence, new Result.Done());
            }
            case Operation.Commit(var transaction) -> out.answer(session, sequence, registry.commit(transaction));
            case Operation.DeclareFenced(long ended) -> out.answer(session, sequence, declareFenced(ended));
            case Operation.Malformed(String reason) ->
                out.answer(session, sequence, new Result.Refused(Code.INVALID_REQUEST, reason));
            case Operation.EndSession() -> {
                end(session, true, false);
                out.tell(new Effect.Answer(session.id, sequence, new Result.Done()));
                out.tell(new Effect.SessionGone(session.id, "it was closed"));
            }
            case Operation.Read read -> read(session, sequence, read);
        }
    }

    private Result declareFenced(long ended) {
        SessionState session = sessions.get(ended);
        if (session != null && !session.ended) {
            return new Result.Refused(
                    Code.INVALID_REQUEST,
                    "session " + ended + " of " + session.node + " is alive: only an ended session can be fenced");
        }
        if (session != null) {
            locks.endSession(session, false, false);
            sessions.remove(ended);
            changes.sessionEnded(session);
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
            case Operation.ListLocks(int lockspace, byte[] prefix) -> listLocks(lockspace, prefix);
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
                        session.ended ? SessionInfo.State.ENDED_NOT_FENCED : SessionInfo.State.ALIVE))
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

    private Result listLocks(int lockspace, byte[] prefix) {
        LockspaceState space = locks.space(lockspace);
        if (space == null) {
            return new Result.Refused(Code.NOT_FOUND, "lockspace number " + lockspace + " does not exist");
        }
        List<Resource> found = new ArrayList<>();
        int count = 0;
        for (Resource resource : space.resources.values()) {
            if (resource.name.startsWith(prefix)) {
                found.add(resource);
                count += resource.granted.size + resource.converting.size + resource.waiting.size;
            }
        }
        if (count > limits.listed()) {
            return new Result.Refused(
                    Code.LIMIT_EXCEEDED,
                    count + " locks match, at most " + limits.listed() + " are listed: ask for a longer prefix");
        }
        found.sort(Comparator.comparing(resource -> resource.name));
        List<LockInfo> infos = new ArrayList<>(count);
        for (Resource resource : found) {
            for (LockQueue queue : List.of(resource.granted, resource.converting, resource.waiting)) {
                for (LockState lock = queue.head; lock != null; lock = lock.next) {
                    infos.add(info(lock));
                }
            }
        }
        return new Result.Locks(infos);
    }

    private static LockInfo info(LockState lock) {
        return new LockInfo(
                lock.resource.space.name,
                lock.resource.name,
                new SessionId(lock.session.id),
                lock.session.node,
                lock.granted,
                lock.wanted,
                lock.token == 0 ? null : new FencingToken(lock.token),
                lock.session.ended);
    }

    /** Takes a session of a snapshot in. */
    void restore(SessionState session) {
        sessions.put(session.id, session);
        if (!session.ended) {
            living.put(session.nonce, session);
        }
    }

    /** The policy of a lockspace, null if there is none of that name. */
    public @Nullable SessionEndPolicy policy(String lockspace) {
        LockspaceState space = locks.spacesByName.get(lockspace);
        return space == null ? null : space.policy;
    }
}
