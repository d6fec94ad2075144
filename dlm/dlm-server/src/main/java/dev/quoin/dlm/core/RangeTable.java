package dev.quoin.dlm.core;

import dev.quoin.dlm.api.DlmException.Code;
import dev.quoin.dlm.api.RangeLocks.Kind;
import dev.quoin.dlm.api.RangeLocks.RangeInfo;
import dev.quoin.dlm.api.ResourceName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Byte-range locks (fcntl(2), F_SETLK, F_SETLKW, F_GETLK).
 *
 * <p>Requests that wait are looked at in order of arrival whenever something is given up; each that can be granted is, so one that
 * is still in the way of nobody holds nobody up. A request that would wait for an owner that waits for the asking owner, directly or
 * through others, on whatever resource, is refused at once (EDEADLK). Locks with modes take no part in that search.
 */
final class RangeTable {

    /** The most locks and requests on one resource. */
    static final int RANGES_PER_RESOURCE_MAX = 65_536;

    /** The most locks that the search for a deadlock looks at. */
    static final int SEARCH_MAX = 1_000_000;

    private final LockTable table;

    /** Locks held and requests that wait, of all resources. */
    int count;

    RangeTable(LockTable table) {
        this.table = table;
    }

    private record Owner(SessionState session, long owner) {}

    void set(SessionState session, long sequence, Operation.SetRange operation) {
        LockspaceState space = table.space(operation.lockspace());
        if (space == null) {
            table.out.answer(session, sequence, LockTable.noSpace(operation.lockspace()));
            return;
        }
        RangeFile file = space.rangeFiles.get(operation.resource());
        Kind kind = operation.kind();
        if (kind == null) {
            unlock(session, sequence, operation, file);
            return;
        }
        Result overfull = overfull(file);
        if (overfull != null) {
            table.out.answer(session, sequence, overfull);
            return;
        }
        RangeFile.Held other = file == null ? null : file.conflict(session, operation.owner(), operation.range(), kind);
        if (other == null) {
            RangeFile found = file == null ? make(space, operation.resource()) : file;
            grant(found, new RangeFile.Waiter(found, operation.range(), kind, session, operation.owner(), sequence));
            serve(found);
        } else if (!operation.waits()) {
            table.out.answer(session, sequence, new Result.RangeDenied(other.info()));
        } else {
            waitFor(new RangeFile.Waiter(file, operation.range(), kind, session, operation.owner(), sequence));
        }
    }

    private @Nullable Result overfull(@Nullable RangeFile file) {
        int here = file == null ? 0 : file.held.size() + file.waiting.size();
        // One request adds two locks at most: it cuts another in two and puts itself between.
        return here + 2 > RANGES_PER_RESOURCE_MAX || count + 2 > table.limits.locks()
                ? new Result.Refused(
                        Code.LIMIT_EXCEEDED,
                        here + " of " + RANGES_PER_RESOURCE_MAX + " ranges are locked or waited for on this resource, "
                                + count + " of " + table.limits.locks() + " on all: unlock ranges that are not needed")
                : null;
    }

    private RangeFile make(LockspaceState space, ResourceName name) {
        RangeFile file = new RangeFile(space, name);
        file.persisted = table.changes.isPersisted(file);
        space.rangeFiles.put(name, file);
        return file;
    }

    private void unlock(SessionState session, long sequence, Operation.SetRange operation, @Nullable RangeFile file) {
        if (file != null && file.isSplitBy(session, operation.owner(), operation.range())) {
            Result overfull = overfull(file);
            if (overfull != null) {
                table.out.answer(session, sequence, overfull);
                return;
            }
        }
        if (file != null) {
            table.changes.ranges(file);
            int before = file.held.size();
            file.cut(session, operation.owner(), operation.range());
            count += file.held.size() - before;
        }
        table.out.answer(session, sequence, new Result.RangeGranted(0));
        if (file != null) {
            serve(file);
            settle(file, session);
        }
    }

    private void grant(RangeFile file, RangeFile.Waiter request) {
        table.changes.ranges(file);
        int before = file.held.size();
        long token = table.nextToken++;
        file.put(request.session(), request.owner(), request.range(), request.kind(), token);
        count += file.held.size() - before;
        request.session().rangeFiles.add(file);
        table.out.answer(request.session(), request.request(), new Result.RangeGranted(token));
    }

    private void waitFor(RangeFile.Waiter request) {
        Result stuck = stuck(request);
        if (stuck != null) {
            table.out.answer(request.session(), request.request(), stuck);
            return;
        }
        table.changes.ranges(request.file());
        request.file().waiting.add(request);
        request.session().rangeFiles.add(request.file());
        request.session().waits(request);
        count++;
    }

    /**
     * Follows who waits for whom from a request that would have to wait.
     *
     * @return the locks that it would wait for, each held by who waits for the next one, if that comes back to its owner; a refusal if it
     *     cannot be told in bounded time; null if the request can wait
     */
    private static @Nullable Result stuck(RangeFile.Waiter request) {
        Owner asking = new Owner(request.session(), request.owner());
        Map<Owner, RangeFile.Held> blockedBy = new HashMap<>();
        Map<Owner, Owner> cameFrom = new HashMap<>();
        Deque<Owner> open = new ArrayDeque<>();
        for (RangeFile.Held held : request.file().conflicts(request)) {
            Owner holder = new Owner(held.session(), held.owner());
            if (blockedBy.putIfAbsent(holder, held) == null) {
                open.add(holder);
            }
        }
        int looked = request.file().held.size();
        while (!open.isEmpty()) {
            Owner owner = open.removeFirst();
            for (RangeFile.Waiter waiter : owner.session().rangesWaitedForBy(owner.owner())) {
                looked += waiter.file().held.size();
                if (looked > SEARCH_MAX) {
                    return new Result.Refused(
                            Code.LIMIT_EXCEEDED,
                            "too many owners wait for each other's ranges to tell whether this one would wait for ever:"
                                    + " ask again when fewer wait, or without waiting");
                }
                for (RangeFile.Held held : waiter.file().conflicts(waiter)) {
                    Owner holder = new Owner(held.session(), held.owner());
                    if (holder.equals(asking)) {
                        return new Result.RangeDeadlock(path(owner, held, blockedBy, cameFrom));
                    }
                    if (blockedBy.putIfAbsent(holder, held) == null) {
                        cameFrom.put(holder, owner);
                        open.add(holder);
                    }
                }
            }
        }
        return null;
    }

    private static List<RangeInfo> path(
            Owner last, RangeFile.Held own, Map<Owner, RangeFile.Held> blockedBy, Map<Owner, Owner> cameFrom) {
        List<RangeInfo> path = new ArrayList<>();
        path.add(own.info());
        for (Owner at = last; at != null; at = cameFrom.get(at)) {
            RangeFile.Held held = blockedBy.get(at);
            if (held != null) {
                path.addFirst(held.info());
            }
        }
        return List.copyOf(path);
    }

    /** Ends a wait; does nothing if the request does not wait (any more). */
    void cancel(SessionState session, Operation.Cancel operation) {
        RangeFile.Waiter waiter = session.waitingRanges.get(operation.sequence());
        if (waiter != null) {
            stopWaiting(waiter);
            table.out.answer(
                    session, waiter.request(), operation.timedOut() ? new Result.TimedOut() : new Result.Cancelled());
            settle(waiter.file(), session);
        }
    }

    private void stopWaiting(RangeFile.Waiter waiter) {
        table.changes.ranges(waiter.file());
        waiter.file().waiting.remove(waiter);
        waiter.session().waitsNoMore(waiter);
        count--;
    }

    /** Grants what can be granted now, the oldest first. */
    private void serve(RangeFile file) {
        int at = 0;
        while (at < file.waiting.size()) {
            RangeFile.Waiter waiter = file.waiting.get(at);
            if (file.conflict(waiter.session(), waiter.owner(), waiter.range(), waiter.kind()) != null) {
                at++;
                continue;
            }
            // What the owner had there may have stood in the way of an older request.
            boolean replaces = file.hasIn(waiter.session(), waiter.owner(), waiter.range());
            stopWaiting(waiter);
            grant(file, waiter);
            at = replaces ? 0 : at;
        }
    }

    /** Forgets what is empty now. */
    private void settle(RangeFile file, SessionState session) {
        if (!file.has(session)) {
            session.rangeFiles.remove(file);
        }
        if (file.isUnused()) {
            table.changes.rangesEnded(file);
            file.space.rangeFiles.remove(file.name, file);
        }
    }

    /** As {@link Orphans#endLocks}. */
    void endRanges(SessionState ended, Predicate<LockspaceState> keeps) {
        List<RangeFile> files = new ArrayList<>(ended.rangeFiles);
        files.sort(Comparator.<RangeFile>comparingInt(file -> file.space.id).thenComparing(file -> file.name));
        for (RangeFile file : files) {
            for (RangeFile.Waiter waiter : List.copyOf(file.waiting)) {
                if (waiter.session().equals(ended)) {
                    stopWaiting(waiter);
                }
            }
            if (!keeps.test(file.space)) {
                table.changes.ranges(file);
                int before = file.held.size();
                file.held.removeIf(one -> one.session().equals(ended));
                count += file.held.size() - before;
                serve(file);
            }
            settle(file, ended);
        }
    }

    Result test(SessionState session, Operation.TestRange operation) {
        LockspaceState space = table.space(operation.lockspace());
        if (space == null) {
            return LockTable.noSpace(operation.lockspace());
        }
        RangeFile file = space.rangeFiles.get(operation.resource());
        RangeFile.Held other =
                file == null ? null : file.conflict(session, operation.owner(), operation.range(), operation.kind());
        return new Result.Ranges(other == null ? List.of() : List.of(other.info()));
    }

    Result list(Operation.ListRanges operation) {
        LockspaceState space = table.space(operation.lockspace());
        if (space == null) {
            return LockTable.noSpace(operation.lockspace());
        }
        RangeFile file = space.rangeFiles.get(operation.resource());
        return new Result.Ranges(
                file == null
                        ? List.of()
                        : file.held.stream().map(RangeFile.Held::info).toList());
    }
}
