package dev.quoin.dlm.core;

import dev.quoin.dlm.api.DlmException.Code;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest.Queue;
import dev.quoin.dlm.api.ResourceName;
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
 *   <li>Conversions are in {@link Conversions}, orphans in {@link Orphans}, several locks at once in {@link ManyLocks}.
 *   <li>The conversion queue is served first, then the wait queue; each strictly first in, first out.
 *   <li>Every grant gets a new token, higher than all before it, on whatever resource.
 *   <li>Who holds a lock that is incompatible with a mode waited for is told, when the mode begins to be waited for and when
 *       the lock is granted.
 *   <li>A sub-lock is asked for under a lock of the same session. Its resource lies under the parent's resource, so the same name
 *       under another parent is another resource, and a lock is released only after its sub-locks. Parents are real, as with
 *       {@code $ENQ}, rather than names with separators: names stay 64 bytes of anything, and the rule that a sub-lock needs its
 *       parent cannot be broken by choosing a name.
 * </ul>
 *
 * The change tracker is told of an object before the object changes.
 */
final class LockTable {

    final Limits limits;
    final ChangeTracker changes;
    final Outbox out;

    final List<LockspaceState> spaces = new ArrayList<>();
    final Map<String, LockspaceState> spacesByName = new HashMap<>();
    final Map<Long, LockState> locks = new HashMap<>();

    long nextLock = 1;
    long nextToken = 1;
    long nextTicket = 1;

    /** Requests that wait, of all sessions. */
    int waiters;

    /** What new grants and waits are labelled with. */
    long nowMillis;

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
        changes.lockspace(space);
        spaces.add(space);
        spacesByName.put(space.name, space);
        return new Result.LockspaceOpened(space.id);
    }

    @Nullable LockspaceState space(int id) {
        return id >= 0 && id < spaces.size() ? spaces.get(id) : null;
    }

    static Result noSpace(int number) {
        return new Result.Refused(Code.NOT_FOUND, "lockspace number " + number + " does not exist");
    }

    void acquire(SessionState session, long sequence, Operation.Acquire operation) {
        LockState parent = operation.parent() == 0 ? null : session.locks.get(operation.parent());
        Result refusal = refusal(session, operation, parent);
        if (refusal != null) {
            out.answer(session, sequence, refusal);
            return;
        }
        Resource resource = resource(
                spaces.get(operation.lockspace()), parent == null ? null : parent.resource, operation.resource());
        LockState lock = new LockState(
                nextLock++, session, resource, operation.listens(), operation.owner(), operation.persistent(), parent);
        LockMode mode = operation.mode();
        boolean first = resource.converting.isEmpty() && resource.waiting.isEmpty();
        if ((first || operation.queue() == Queue.EXPEDITE) && resource.allows(mode, lock)) {
            admit(lock);
            grant(lock, mode, sequence);
        } else if (isDenied(operation.queue())) {
            deny(lock, mode, sequence, operation.queue());
        } else {
            admit(lock);
            enqueue(lock, mode, sequence, resource.waiting);
        }
    }

    private @Nullable Result refusal(SessionState session, Operation.Acquire operation, @Nullable LockState parent) {
        LockspaceState space = space(operation.lockspace());
        if (space == null) {
            return noSpace(operation.lockspace());
        }
        if (operation.queue() == Queue.QUEUE_CONVERSION
                || (operation.queue() == Queue.EXPEDITE && operation.mode() != LockMode.NL)) {
            return new Result.Refused(
                    Code.INVALID_REQUEST,
                    operation.queue() + " found on a new " + operation.mode()
                            + " lock: QUEUE_CONVERSION is for conversions, EXPEDITE for new NL locks");
        }
        if (operation.parent() != 0) {
            if (parent == null || parent.granted == null || !parent.resource.space.equals(space)) {
                return new Result.Refused(
                        Code.NOT_FOUND,
                        "parent lock " + operation.parent() + " is not held by this session in lockspace "
                                + space.name);
            }
            if (operation.persistent()) {
                return new Result.Refused(
                        Code.INVALID_REQUEST,
                        "PERSISTENT found on a sub-lock: its parent ends with the session, and it with its parent");
            }
            if (parent.depth() + 1 >= Limits.LOCK_DEPTH_MAX) {
                return new Result.Refused(
                        Code.LIMIT_EXCEEDED,
                        "lock " + parent.id + " has " + parent.depth() + " locks above it: at most "
                                + Limits.LOCK_DEPTH_MAX + " levels are allowed");
            }
        }
        return overfull(session, 1);
    }

    /** Why a session cannot have so many more locks, or null. */
    @Nullable Result overfull(SessionState session, int more) {
        if (session.locks.size() + more > limits.locksPerSession() || locks.size() + more > limits.locks()) {
            return new Result.Refused(
                    Code.LIMIT_EXCEEDED,
                    "session " + session.id + " has " + session.locks.size() + " of " + limits.locksPerSession()
                            + " locks, all sessions have " + locks.size() + " of " + limits.locks()
                            + ": release locks that are not needed");
        }
        return null;
    }

    /** Finds or makes a resource. */
    Resource resource(LockspaceState space, @Nullable Resource parent, ResourceName name) {
        Map<ResourceName, Resource> siblings = Resource.siblings(space, parent);
        Resource resource = siblings.get(name);
        if (resource == null) {
            resource = new Resource(space, parent, name);
            resource.persisted = changes.isPersisted(resource);
            siblings.put(name, resource);
        }
        return resource;
    }

    /** A new lock begins to exist. */
    void admit(LockState lock) {
        changes.lock(lock);
        lock.session.locks.put(lock.id, lock);
        locks.put(lock.id, lock);
        if (lock.parent != null) {
            lock.parent.add(lock);
        }
    }

    static Result notHeld(long lock) {
        return new Result.Refused(Code.NOT_FOUND, "lock " + lock + " is not held by this session");
    }

    /** Ends a wait. Does nothing if the request does not wait (any more). */
    void cancel(SessionState session, Operation.Cancel operation) {
        LockState lock = session.waiting.get(operation.sequence());
        if (lock != null) {
            unqueue(lock, operation.timedOut() ? new Result.TimedOut() : new Result.Cancelled());
            serve(lock.resource);
        }
    }

    void release(SessionState session, long sequence, Operation.Release operation) {
        LockState lock = session.locks.get(operation.lock());
        if (lock == null && session.broken.contains(operation.lock())) {
            changes.session(session);
            session.broken.remove(operation.lock());
            out.answer(session, sequence, new Result.Done());
            return;
        }
        Result refusal = refusal(lock, operation);
        if (lock == null || refusal != null) {
            out.answer(session, sequence, refusal == null ? notHeld(operation.lock()) : refusal);
            return;
        }
        out.answer(session, sequence, new Result.Done());
        Set<Resource> touched = new LinkedHashSet<>(2);
        dropChildren(lock, true, touched);
        if (operation.value() != null) {
            writeValue(lock.resource, operation.value());
        }
        drop(lock, touched);
        touched.forEach(this::serve);
    }

    private static @Nullable Result refusal(@Nullable LockState lock, Operation.Release operation) {
        if (lock == null || lock.granted == null) {
            return notHeld(operation.lock());
        }
        if (operation.value() != null && !lock.granted.writesValueBlock()) {
            return new Result.Refused(
                    Code.INVALID_REQUEST,
                    "a value block found on the release of a lock in " + lock.granted
                            + ": only a holder of PW or EX leaves one");
        }
        if (lock.hasChildren() && !operation.all()) {
            return new Result.Refused(
                    Code.INVALID_REQUEST,
                    "lock " + lock.id + " has " + lock.children().size()
                            + " sub-locks: release them first, or all together");
        }
        return null;
    }

    /**
     * Takes the sub-locks of a lock with theirs.
     *
     * @param clean whether value blocks stay valid
     */
    void dropChildren(LockState lock, boolean clean, Set<Resource> touched) {
        for (LockState child : lock.children()) {
            dropChildren(child, clean, touched);
            if (!clean) {
                invalidate(child);
            }
            drop(child, touched);
        }
    }

    void invalidate(LockState lock) {
        if (lock.granted != null && lock.granted.writesValueBlock()) {
            writeValue(lock.resource, lock.resource.value.invalidated());
        }
    }

    /** All locks of a session in the order in which they were asked for. */
    static List<LockState> inOrder(SessionState session) {
        List<LockState> all = new ArrayList<>(session.locks.values());
        all.sort(Comparator.comparingLong(lock -> lock.id));
        return all;
    }

    /** Tells a session again of all that it blocks. */
    void tellBlocking(SessionState session) {
        for (LockState lock : inOrder(session)) {
            tellBlocking(lock);
        }
        session.broken.forEach(lock -> out.tell(new Effect.LockBroken(session.id, lock)));
    }

    /** Tells a session again of what one of its locks blocks, if it still has it. */
    void tellBlocking(SessionState session, long lockId) {
        LockState lock = session.locks.get(lockId);
        if (lock != null) {
            tellBlocking(lock);
        }
    }

    static boolean isDenied(Queue queue) {
        return queue == Queue.NOQUEUE || queue == Queue.NOQUEUE_NOTIFY;
    }

    void deny(LockState lock, LockMode mode, long sequence, Queue queue) {
        out.answer(lock.session, sequence, new Result.Denied(whyDenied(lock.resource, mode, lock)));
        if (queue == Queue.NOQUEUE_NOTIFY) {
            tellHolders(lock.resource, mode, lock);
        }
        dropIfUnused(lock.resource);
    }

    /** For people: what stands against a new mode. */
    static String whyDenied(Resource resource, LockMode mode, @Nullable LockState asker) {
        for (LockQueue queue : List.of(resource.granted, resource.converting)) {
            for (LockState other = queue.head; other != null; other = other.next) {
                if (!other.equals(asker) && !other.held().isCompatibleWith(mode)) {
                    return LockListing.info(other).describe();
                }
            }
        }
        return "others wait before this request";
    }

    void enqueue(LockState lock, LockMode mode, long sequence, LockQueue queue) {
        changes.lock(lock);
        lock.wanted = mode;
        lock.request = sequence;
        lock.sinceMillis = nowMillis;
        join(queue, lock);
        lock.session.waits(lock);
        waiters++;
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
    void unqueue(LockState lock, @Nullable Result result) {
        changes.lock(lock);
        long request = lock.request;
        stopWaiting(lock);
        lock.leaves = null;
        lock.demoted = false;
        if (lock.granted == null) {
            forget(lock);
        } else {
            lock.sinceMillis = nowMillis;
            join(lock.resource.granted, lock);
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
            lock.session.waitsNoMore(lock);
            waiters--;
        }
        lock.wanted = null;
        lock.request = 0;
    }

    void grant(LockState lock, LockMode mode, long sequence) {
        out.answer(lock.session, sequence, hold(lock, mode));
        tellBlocking(lock);
    }

    /** Gives a lock the mode, with a new token; somebody has to be told. */
    Result.Granted hold(LockState lock, LockMode mode) {
        Resource resource = lock.resource;
        changes.lock(lock);
        stopWaiting(lock);
        if (lock.leaves != null) {
            writeValue(resource, lock.leaves);
            lock.leaves = null;
        }
        if (lock.granted != null) {
            resource.countHeld(lock.granted, -1);
        }
        boolean demoted = lock.demoted;
        lock.demoted = false;
        lock.granted = mode;
        lock.token = nextToken++;
        lock.sinceMillis = nowMillis;
        resource.countHeld(mode, 1);
        join(resource.granted, lock);
        return new Result.Granted(lock.id, lock.token, resource.value, demoted);
    }

    /** Grants what can be granted now: conversions first, each queue from its head until one has to wait on. */
    void serve(Resource resource) {
        for (LockState head = resource.converting.head; head != null; head = resource.converting.head) {
            if (!resource.allows(head.asked(), head)) {
                return;
            }
            grant(head, head.asked(), head.request);
        }
        for (LockState head = resource.waiting.head; head != null; head = resource.waiting.head) {
            if (!resource.allows(head.asked(), head)) {
                return;
            }
            grant(head, head.asked(), head.request);
        }
        dropIfUnused(resource);
    }

    private void tellHolders(Resource resource, LockMode mode, LockState asker) {
        for (LockQueue queue : List.of(resource.granted, resource.converting)) {
            for (LockState lock = queue.head; lock != null; lock = lock.next) {
                if (!lock.equals(asker)
                        && lock.listens
                        && !lock.session.ended
                        && !lock.held().isCompatibleWith(mode)) {
                    out.tell(new Effect.Blocking(lock.session.id, lock.id, lock.token, mode));
                }
            }
        }
    }

    void tellBlocking(LockState lock) {
        if (!lock.listens || lock.granted == null || lock.session.ended) {
            return;
        }
        for (LockMode mode : Resource.MODES) {
            if (lock.resource.isWanted(mode, lock) && !lock.granted.isCompatibleWith(mode)) {
                out.tell(new Effect.Blocking(lock.session.id, lock.id, lock.token, mode));
            }
        }
    }

    void writeValue(Resource resource, ValueBlock value) {
        if (!resource.value.equals(value)) {
            changes.resource(resource);
            resource.value = value;
        }
    }

    /** Takes a lock, and what it waits for, away without asking its sub-locks; its resource is to be served then. */
    void drop(LockState lock, Set<Resource> touched) {
        touched.add(lock.resource);
        if (lock.wanted != null) {
            unqueue(lock, lock.session.ended ? null : new Result.Cancelled());
        }
        if (lock.granted != null) {
            changes.lock(lock);
            if (lock.queue != null) {
                lock.queue.remove(lock);
            }
            lock.resource.countHeld(lock.granted, -1);
            lock.granted = null;
            forget(lock);
        }
    }

    private void forget(LockState lock) {
        changes.lockEnded(lock);
        lock.session.locks.remove(lock.id);
        locks.remove(lock.id);
        if (lock.parent != null) {
            lock.parent.remove(lock);
        }
    }

    private void dropIfUnused(Resource resource) {
        if (resource.isUnused()) {
            changes.resourceEnded(resource);
            Resource.siblings(resource.space, resource.parent).remove(resource.name, resource);
        }
    }
}
