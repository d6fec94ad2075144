package dev.quoin.dlm.core;

import dev.quoin.dlm.api.DlmException.Code;
import dev.quoin.dlm.api.FencingToken;
import dev.quoin.dlm.api.LockInfo;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockOwner;
import dev.quoin.dlm.api.LockWait;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.SessionId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The state of locks in words for observers; changes nothing. */
final class LockListing {

    private final LockTable table;

    LockListing(LockTable table) {
        this.table = table;
    }

    static LockInfo info(LockState lock) {
        return info(lock, lock.wanted);
    }

    /** As if the lock waited for {@code wanted}. */
    static LockInfo info(LockState lock, @Nullable LockMode wanted) {
        return new LockInfo(
                lock.id,
                lock.resource.space.name,
                lock.resource.parents(),
                lock.resource.name,
                lock.isOrphan() ? null : new SessionId(lock.session.id),
                lock.node(),
                new LockOwner(lock.owner),
                lock.granted,
                wanted,
                lock.token == 0 ? null : new FencingToken(lock.token),
                Instant.ofEpochMilli(lock.sinceMillis),
                lock.isOrphan()
                        ? LockInfo.State.ORPHAN
                        : lock.session.ended ? LockInfo.State.SESSION_ENDED : LockInfo.State.ALIVE);
    }

    Result lockspaces() {
        SortedMap<String, SessionEndPolicy> found = new TreeMap<>();
        table.spaces.forEach(space -> found.put(space.name, space.policy));
        return new Result.Lockspaces(found);
    }

    Result locks(Operation.ListLocks operation) {
        LockspaceState space = table.space(operation.lockspace());
        if (space == null) {
            return LockTable.noSpace(operation.lockspace());
        }
        List<LockInfo> infos = new ArrayList<>();
        List<Resource> roots = space.resources.values().stream()
                .filter(resource -> resource.name.startsWith(operation.prefix()))
                .toList();
        return collect(roots, infos)
                ? new Result.Locks(infos)
                : new Result.Refused(
                        Code.LIMIT_EXCEEDED,
                        "more than " + table.limits.listed()
                                + " locks match, no more are listed: ask for a longer prefix");
    }

    /** Collects locks by resource name, granted before waiting, sub-locks behind their parents; false if there are too many. */
    private boolean collect(Collection<Resource> resources, List<LockInfo> infos) {
        List<Resource> sorted = new ArrayList<>(resources);
        sorted.sort(Comparator.comparing(resource -> resource.name));
        for (Resource resource : sorted) {
            for (LockQueue queue : List.of(resource.granted, resource.converting, resource.waiting)) {
                for (LockState lock = queue.head; lock != null; lock = lock.next) {
                    if (infos.size() == table.limits.listed()) {
                        return false;
                    }
                    infos.add(info(lock));
                }
            }
            if (!collect(resource.children().values(), infos)) {
                return false;
            }
        }
        return true;
    }

    /** Who waits for whom, by the age of the waits. */
    Result waits(String lockspace) {
        List<LockWait> waits = new ArrayList<>();
        for (LockState waiter : waiters()) {
            if (lockspace.isEmpty() || waiter.resource.space.name.equals(lockspace)) {
                for (LockState blocker : WaitGraph.blockers(waiter)) {
                    if (waits.size() == table.limits.listed()) {
                        return new Result.Refused(
                                Code.LIMIT_EXCEEDED,
                                "more than " + table.limits.listed() + " waits found: ask for one lockspace");
                    }
                    waits.add(new LockWait(info(waiter), info(blocker)));
                }
            }
        }
        return new Result.Waits(waits);
    }

    /** All requests that wait, in the order in which they began to. */
    List<LockState> waiters() {
        List<LockState> waiters = new ArrayList<>(table.waiters);
        if (table.waiters > 0) {
            for (LockState lock : table.locks.values()) {
                if (lock.wanted != null) {
                    waiters.add(lock);
                }
            }
            waiters.sort(Comparator.comparingLong(lock -> lock.ticket));
        }
        return waiters;
    }
}
