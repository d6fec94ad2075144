package dev.quoin.dlm.core;

import dev.quoin.dlm.api.DlmException.Code;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest.Queue;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.ValueBlock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lockspaces, resources and locks, and the rules by which locks are granted.
 *
 * <ul>
 *   <li>A new lock is granted at once if its mode is compatible with all that is held and nobody waits; an NL lock asked for
 *       with EXPEDITE does not mind who waits.
 *   <li>A conversion is granted at once if its mode is compatible with all that others hold; with QUEUE_CONVERSION only if
 *       no conversion waits either.
 *   <li>The conversion queue is served first, then the wait queue; each strictly first in, first out.
 *   <li>A conversion deadlocks if the mode it holds is incompatible with what a conversion before it waits for: neither can go
 *       on. The later one is refused ({@code conversion_deadlock_detect} in {@code fs/dlm/lock.c}).
 *   <li>Every grant gets a new token, higher than all before it, on whatever resource.
 *   <li>Who holds a lock that is incompatible with a mode waited for is told, when the mode begins to be waited for and when
 *       the lock is granted.
 * </ul>
 */
final class LockTable {

    private final Limits limits;
    private final ChangeTracker changes;
    private final Outbox out;

    final List<LockspaceState> spaces = new ArrayList<>();
    final Map<String, LockspaceState> spacesByName = new HashMap<>();
    final Map<Long, LockState> locks = new HashMap<>();

    long nextLock = 1;
    long nextToken = 1;
    long nextTicket = 1;

    LockTable(Limits limits, ChangeTracker changes, Outbox out) {
        this.limits = limits;
        this.changes = changes;
        this.out = out;
    }

    Result openLockspace(Operation.OpenLockspace operation) {
        LockspaceState space = spacesByName.get(operation.name());
        if (space != null) {
            return space.policy == operation.policy()
                    ? new Result.LockspaceOpened(space.id)
                    : new Result.Refused(
                            Code.INVALID_REQUEST,
                            "lockspace " + space.name + " has policy " + space.policy + ", " + operation.policy()
                                    + " asked for: open it with the policy it has, or use another name");
        }
        String wrong = Names.wrongLockspace(operation.name());
        if (wrong != null) {
            return new Result.Refused(Code.LIMIT_EXCEEDED, wrong);
        }
        if (spaces.size() >= limits.lockspaces()) {
            return new Result.Refused(
                    Code.LIMIT_EXCEEDED, spaces.size() + " lockspaces exist, the limit is " + limits.lockspaces());
        }
        space = new LockspaceState(spaces.size(), operation.name(), operation.policy());
        spaces.add(space);
        spacesByName.put(space.name, space);
        changes.lockspace(space);
        return new Result.LockspaceOpened(space.id);
    }

    @Nullable LockspaceState space(int id) {
        return id >= 0 && id < spaces.size() ? spaces.get(id) : null;
    }

    /** Answers now or, if the request waits, later. */
    void acquire(SessionState session, long sequence, Operation.Acquire operation) {
        Result refusal = refusal(session, operation);
        if (refusal != null) {
            out.answer(session, sequence, refusal);
            return;
        }
        LockspaceState space = spaces.get(operation.lockspace());
        Resource resource = space.resources.get(operation.resource());
        if (resource == null) {
            resource = new Resource(space, operation.resource());
            resource.persisted = changes.isPersisted(resource);
            space.resources.put(resource.name, resource);
        }
        LockState lock = new LockState(nextLock++, session, resource, operation.listens());
        LockMode mode = operation.mode();
        boolean first = resource.converting.isEmpty() && resource.waiting.isEmpty();
        if ((first || operation.queue() == Queue.EXPEDITE) && resource.allows(mode, lock)) {
            session.locks.put(lock.id, lock);
            locks.put(lock.id, lock);
            grant(lock, mode, sequence);
        } else if (isDenied(operation.queue())) {
            deny(lock, mode, sequence, operation.queue());
        } else {
            session.locks.put(lock.id, lock);
            locks.put(lock.id, lock);
            enqueue(lock, mode, sequence, resource.waiting);
        }
    }

    private @Nullable Result refusal(SessionState session, Operation.Acquire operation) {
        if (space(operation.lockspace()) == null) {
            return new Result.Refused(Code.NOT_FOUND, "lockspace number " + operation.lockspace() + " does not exist");
        }
        if (operation.queue() == Queue.QUEUE_CONVERSION
                || (operation.queue() == Queue.EXPEDITE && operation.mode() != LockMode.NL)) {
            return new Result.Refused(
                    Code.INVALID_REQUEST,
                    operation.queue() + " found on a new " + operation.mode()
                            + " lock: QUEUE_CONVERSION is for conversions, EXPEDITE for new NL locks");
        }
        if (session.locks.size() >= limits.locksPerSession() || locks.size() >= limits.locks()) {
            return new Result.Refused(
                    Code.LIMIT_EXCEEDED,
                    "session " + session.id + " has " + session.locks.size() + " of " + limits.locksPerSession()
                            + " locks, all sessions have " + locks.size() + " of " + limits.locks()
                            + ": release locks that are not needed");
        }
        return null;
    }

    void convert(SessionState session, long sequence, Operation.Convert operation) {
        LockState lock = session.locks.get(operation.lock());
        Result refusal = refusal(lock, operation);
        if (lock == null || refusal != null) {
            out.answer(session, sequence, refusal == null ? notHeld(operation.lock()) : refusal);
            return;
        }
        Resource resource = lock.resource;
        LockMode mode = operation.mode();
        boolean queues = operation.queue() == Queue.QUEUE_CONVERSION && !resource.converting.isEmpty();
        if (!queues && resource.allows(mode, lock)) {
            lock.leaves = operation.value();
            grant(lock, mode, sequence);
            serve(resource);
        } else if (isDenied(operation.queue())) {
            deny(lock, mode, sequence, operation.queue());
        } else {
            LockState ahead = deadlockedWith(lock);
            if (ahead != null) {
                out.answer(
                        session,
                        sequence,
                        new Result.Deadlock(List.of(ahead.describe(), lock.describe() + " and asks for " + mode)));
                return;
            }
            lock.leaves = operation.value();
            resource.granted.remove(lock);
            enqueue(lock, mode, sequence, resource.converting);
        }
    }

    private static Result notHeld(long lock) {
        return new Result.Refused(Code.NOT_FOUND, "lock " + lock + " is not held by this session");
    }

    private static @Nullable Result refusal(@Nullable LockState lock, Operation.Convert operation) {
        if (lock == null || lock.granted == null) {
            return notHeld(operation.lock());
        }
        if (lock.wanted != null) {
            return new Result.Refused(
                    Code.INVALID_REQUEST, "a conversion to " + lock.wanted + " waits: cancel it or wait for its end");
        }
        if (operation.queue() == Queue.EXPEDITE) {
            return new Result.Refused(Code.INVALID_REQUEST, "EXPEDITE found on a conversion: it is for new NL locks");
        }
        if (operation.value() != null
                && !(lock.granted.writesValueBlock() && lock.granted.convertsDownTo(operation.mode()))) {
            return new Result.Refused(
                    Code.INVALID_REQUEST,
                    "a value block found on a conversion from " + lock.granted + " to " + operation.mode()
                            + ": only a conversion down from PW or EX leaves one");
        }
        return null;
    }

    /** The conversion ahead that waits for {@code lock}, which would have to wait for it in turn. */
    private static @Nullable LockState deadlockedWith(LockState lock) {
        LockMode held = held(lock);
        for (LockState ahead = lock.resource.converting.head; ahead != null; ahead = ahead.next) {
            if (!wanted(ahead).isCompatibleWith(held)) {
                return ahead;
            }
        }
        return null;
    }

    /** Ends a wait. Does nothing if the request does not wait (any more). */
    void cancel(SessionState session, Operation.Cancel operation) {
        LockState lock = session.waiting.get(operation.sequence());
        if (lock == null) {
            return;
        }
        unqueue(lock, operation.timedOut() ? new Result.TimedOut() : new Result.Cancelled());
        serve(lock.resource);
    }

    void release(SessionState session, long sequence, Operation.Release operation) {
        LockState lock = session.locks.get(operation.lock());
        if (lock == null || lock.granted == null) {
            out.answer(session, sequence, notHeld(operation.lock()));
            return;
        }
        if (operation.value() != null && !lock.granted.writesValueBlock()) {
            out.answer(
                    session,
                    sequence,
                    new Result.Refused(
                            Code.INVALID_REQUEST,
                            "a value block found on the release of a lock in " + lock.granted
                                    + ": only a holder of PW or EX leaves one"));
            return;
        }
        if (lock.wanted != null) {
            unqueue(lock, new Result.Cancelled());
        }
        out.answer(session, sequence, new Result.Done());
        if (operation.value() != null) {
            writeValue(lock.resource, operation.value());
        }
        drop(lock);
        serve(lock.resource);
    }

    /**
     * Takes what an ended session has.
     *
     * @param clean whether nothing can be left half done, so that value blocks stay valid
     * @param holds whether locks in lockspaces that hold until fenced stay
     */
    void endSession(SessionState session, boolean clean, boolean holds) {
        List<LockState> all = new ArrayList<>(session.locks.values());
        all.sort(Comparator.comparingLong(lock -> lock.id));
        Set<Resource> touched = new LinkedHashSet<>();
        for (LockState lock : all) {
            Resource resource = lock.resource;
            touched.add(resource);
            if (lock.wanted != null) {
                unqueue(lock, null);
            }
            if (lock.granted == null || (holds && resource.space.policy == SessionEndPolicy.HOLD_UNTIL_FENCED)) {
                continue;
            }
            if (!clean && lock.granted.writesValueBlock()) {
                writeValue(resource, resource.value.invalidated());
            }
            drop(lock);
        }
        for (Resource resource : touched) {
            serve(resource);
        }
    }

    /** Tells a session again of all that it blocks. */
    void tellBlocking(SessionState session) {
        List<LockState> all = new ArrayList<>(session.locks.values());
        all.sort(Comparator.comparingLong(lock -> lock.id));
        for (LockState lock : all) {
            tellBlocking(lock);
        }
    }

    /** Tells a session again of what one of its locks blocks, if it still has it. */
    void tellBlocking(SessionState session, long lockId) {
        LockState lock = session.locks.get(lockId);
        if (lock != null) {
            tellBlocking(lock);
        }
    }

    private static boolean isDenied(Queue queue) {
        return queue == Queue.NOQUEUE || queue == Queue.NOQUEUE_NOTIFY;
    }

    private void deny(LockState lock, LockMode mode, long sequence, Queue queue) {
        Resource resource = lock.resource;
        LockState other = blocker(lock, mode);
        out.answer(
                lock.session,
                sequence,
                new Result.Denied(other == null ? "others wait before this request" : other.describe()));
        if (queue == Queue.NOQUEUE_NOTIFY) {
            tellHolders(resource, mode, lock);
        }
        dropIfUnused(resource);
    }

    private static @Nullable LockState blocker(LockState lock, LockMode mode) {
        for (LockQueue queue : List.of(lock.resource.granted, lock.resource.converting)) {
            for (LockState other = queue.head; other != null; other = other.next) {
                if (other != lock && !held(other).isCompatibleWith(mode)) {
                    return other;
                }
            }
        }
        return null;
    }

    private void enqueue(LockState lock, LockMode mode, long sequence, LockQueue queue) {
        lock.wanted = mode;
        lock.request = sequence;
        join(queue, lock);
        lock.session.waiting.put(sequence, lock);
        changes.lock(lock);
        // The second to wait for a mode may be the first that stands against a conversion to the same mode.
        if (lock.resource.countWanted(mode, 1) <= 2) {
            tellHolders(lock.resource, mode, lock);
        }
    }

    /**
     * Takes a request out of its queue without a grant. A conversion goes back to what it holds, a new lock is gone.
     *
     * @param result what to answer, null if nobody is there to be answered
     */
    private void unqueue(LockState lock, @Nullable Result result) {
        Resource resource = lock.resource;
        long request = lock.request;
        stopWaiting(lock);
        lock.leaves = null;
        if (lock.granted == null) {
            forget(lock);
        } else {
            join(resource.granted, lock);
            changes.lock(lock);
        }
        if (result != null) {
            out.answer(lock.session, request, result);
        }
    }

    private void join(LockQueue queue, LockState lock) {
        lock.ticket = nextTicket++;
        queue.add(lock);
    }

    private void stopWaiting(LockState lock) {
        if (lock.queue != null) {
            lock.queue.remove(lock);
        }
        if (lock.wanted != null) {
            lock.resource.countWanted(lock.wanted, -1);
            lock.session.waiting.remove(lock.request);
        }
        lock.wanted = null;
        lock.request = 0;
    }

    private void grant(LockState lock, LockMode mode, long sequence) {
        Resource resource = lock.resource;
        stopWaiting(lock);
        if (lock.leaves != null) {
            writeValue(resource, lock.leaves);
            lock.leaves = null;
        }
        if (lock.granted != null) {
            resource.countHeld(lock.granted, -1);
        }
        lock.granted = mode;
        lock.token = nextToken++;
        resource.countHeld(mode, 1);
        join(resource.granted, lock);
        changes.lock(lock);
        out.answer(lock.session, sequence, new Result.Granted(lock.id, lock.token, resource.value));
        tellBlocking(lock);
    }

    /** Grants what can be granted now: conversions first, each queue from its head until one has to wait on. */
    private void serve(Resource resource) {
        for (LockState head = resource.converting.head; head != null; head = resource.converting.head) {
            if (!resource.allows(wanted(head), head)) {
                return;
            }
            grant(head, wanted(head), head.request);
        }
        for (LockState head = resource.waiting.head; head != null; head = resource.waiting.head) {
            if (!resource.allows(wanted(head), head)) {
                return;
            }
            grant(head, wanted(head), head.request);
        }
        dropIfUnused(resource);
    }

    private void tellHolders(Resource resource, LockMode mode, LockState asker) {
        for (LockQueue queue : List.of(resource.granted, resource.converting)) {
            for (LockState lock = queue.head; lock != null; lock = lock.next) {
                if (lock != asker
                        && lock.listens
                        && !lock.session.ended
                        && !held(lock).isCompatibleWith(mode)) {
                    out.tell(new Effect.Blocking(lock.session.id, lock.id, lock.token, mode));
                }
            }
        }
    }

    private void tellBlocking(LockState lock) {
        if (!lock.listens || lock.granted == null || lock.session.ended) {
            return;
        }
        for (LockMode mode : Resource.MODES) {
            if (lock.resource.isWanted(mode, lock) && !lock.granted.isCompatibleWith(mode)) {
                out.tell(new Effect.Blocking(lock.session.id, lock.id, lock.token, mode));
            }
        }
    }

    private void writeValue(Resource resource, ValueBlock value) {
        if (!resource.value.equals(value)) {
            resource.value = value;
            changes.resource(resource);
        }
    }

    private void drop(LockState lock) {
        if (lock.queue != null) {
            lock.queue.remove(lock);
        }
        lock.resource.countHeld(held(lock), -1);
        lock.granted = null;
        forget(lock);
    }

    private void forget(LockState lock) {
        lock.session.locks.remove(lock.id);
        locks.remove(lock.id);
        changes.lockEnded(lock);
    }

    private void dropIfUnused(Resource resource) {
        if (resource.isUnused()) {
            resource.space.resources.remove(resource.name);
            changes.resourceEnded(resource);
        }
    }

    private static LockMode held(LockState lock) {
        if (lock.granted == null) {
            throw new IllegalStateException("lock " + lock.id + " holds nothing");
        }
        return lock.granted;
    }

    private static LockMode wanted(LockState lock) {
        if (lock.wanted == null) {
            throw new IllegalStateException("lock " + lock.id + " waits for nothing");
        }
        return lock.wanted;
    }
}
