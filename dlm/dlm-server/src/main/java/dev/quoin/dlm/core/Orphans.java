package dev.quoin.dlm.core;

import dev.quoin.dlm.api.DlmException.Code;
import dev.quoin.dlm.api.LockMode;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;

/**
 * What becomes of locks without their holders: persistent locks live on as orphans, belonging to a session that is none, until
 * they are adopted (ORPHAN in {@code dlm_lock}) or broken; the others go with their session, at once or when the policy of their
 * lockspace lets them.
 */
final class Orphans {

    /** The id of the session that is none. */
    static final long SESSION = 0;

    private final LockTable table;

    /** Holds the orphans; it is in no table of sessions. */
    final SessionState session = new SessionState(SESSION, new UUID(0, 0), "", 0, 0);

    Orphans(LockTable table) {
        this.table = table;
        session.ended = true;
    }

    /**
     * Takes what an ended session has.
     *
     * @param clean whether nothing can be left half done, so that value blocks stay valid
     * @param keeps the lockspaces in which it stays; requests that wait end in any case
     */
    void endLocks(SessionState ended, boolean clean, Predicate<LockspaceState> keeps) {
        Set<Resource> touched = new LinkedHashSet<>();
        for (LockState lock : LockTable.inOrder(ended)) {
            if (lock.wanted != null) {
                touched.add(lock.resource);
                table.unqueue(lock, null);
            }
            if (lock.granted == null || keeps.test(lock.resource.space)) {
                continue;
            }
            touched.add(lock.resource);
            if (!clean) {
                table.invalidate(lock);
            }
            if (lock.persistent) {
                orphan(lock);
            } else {
                table.drop(lock, touched);
            }
        }
        touched.forEach(table::serve);
    }

    private void orphan(LockState lock) {
        table.changes.lock(lock);
        lock.formerNode = lock.session.node;
        lock.session.locks.remove(lock.id);
        lock.session = session;
        lock.owner = 0;
        session.locks.put(lock.id, lock);
    }

    void adopt(SessionState by, long sequence, Operation.Adopt operation) {
        LockspaceState space = table.space(operation.lockspace());
        Result overfull = table.overfull(by, 1);
        if (space == null || overfull != null) {
            table.out.answer(by, sequence, space == null ? LockTable.noSpace(operation.lockspace()) : overfull);
            return;
        }
        Resource resource = space.resources.get(operation.resource());
        LockMode other = null;
        if (resource != null) {
            for (LockState lock = resource.granted.head; lock != null; lock = lock.next) {
                if (lock.isOrphan() && lock.granted == operation.mode()) {
                    take(by, sequence, lock, operation.listens());
                    return;
                }
                other = lock.isOrphan() ? lock.granted : other;
            }
        }
        table.out.answer(
                by,
                sequence,
                new Result.Denied(
                        other == null
                                ? "no orphan on " + space.name + "/" + operation.resource() + ": ask for a new lock"
                                : "the orphan on " + space.name + "/" + operation.resource() + " is held in " + other
                                        + ", not in " + operation.mode() + ": adopt it in that mode, then convert"));
    }

    private void take(SessionState by, long sequence, LockState lock, boolean listens) {
        table.changes.lock(lock);
        session.locks.remove(lock.id);
        lock.session = by;
        lock.formerNode = null;
        lock.listens = listens;
        by.locks.put(lock.id, lock);
        table.grant(lock, lock.held(), sequence);
    }

    /** Takes a lock away from whoever holds it. */
    Result breakLock(Operation.BreakLock operation) {
        LockState lock = table.locks.get(operation.lock());
        if (lock == null || lock.granted == null || lock.token != operation.token()) {
            return new Result.Refused(
                    Code.NOT_FOUND,
                    "lock " + operation.lock() + " is not held with token " + operation.token()
                            + " (any more): list the locks again");
        }
        Set<Resource> touched = new LinkedHashSet<>(2);
        breakAll(lock, touched);
        touched.forEach(table::serve);
        return new Result.Done();
    }

    private void breakAll(LockState lock, Set<Resource> touched) {
        lock.children().forEach(child -> breakAll(child, touched));
        SessionState holder = lock.session;
        boolean held = lock.granted != null;
        table.invalidate(lock);
        table.drop(lock, touched);
        if (held && !holder.ended) {
            table.changes.session(holder);
            holder.broken.add(lock.id);
            table.out.tell(new Effect.LockBroken(holder.id, lock.id));
        }
    }
}
