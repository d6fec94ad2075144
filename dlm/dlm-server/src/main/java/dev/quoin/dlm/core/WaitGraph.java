package dev.quoin.dlm.core;

import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockWait;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for whom, over all lockspaces, and the cycles in it.
 *
 * <p>A request waits for each lock that is held in an incompatible mode and for the request directly before it in the line of its
 * resource (conversions, then new locks), since both queues are served strictly in order. From whoever blocks, the search goes
 * on through the blocking lock's own request, if it waits too, and through all requests of the same owner. What owner 0 holds
 * ends the path: it is given up when it is asked for.
 */
final class WaitGraph {

    /** The most edges that one search looks at; beyond it, it has found nothing. */
    static final int EDGES_MAX = 200_000;

    private final LockTable table;
    private final LockListing listing;

    /** The ticket of the first request that the last scan did not come to; 0 if it came to all. No part of the state. */
    private long resumeAt;

    WaitGraph(LockTable table, LockListing listing) {
        this.table = table;
        this.listing = listing;
    }

    /** Requests in one queue for one mode: they wait for the same holders. */
    private record Line(Resource resource, boolean converting, LockMode mode) {}

    /** An edge of a cycle. */
    record Edge(LockState waiter, LockState blocker) {}

    /** What a request waits for. */
    static List<LockState> blockers(LockState waiter) {
        return blockers(waiter, true);
    }

    /**
     * What a request waits for.
     *
     * @param all otherwise what any other request in the same queue for the same mode waits for as well is left out, apart from
     *     conversions: in a long line that is nearly everything
     */
    static List<LockState> blockers(LockState waiter, boolean all) {
        List<LockState> blockers = new ArrayList<>();
        if (all) {
            addHolders(waiter, waiter.resource.granted, blockers);
        }
        if (all || waiter.granted != null) {
            addHolders(waiter, waiter.resource.converting, blockers);
        }
        LockState before = before(waiter);
        boolean isThere = before != null
                && before.granted != null
                && (all || waiter.granted != null)
                && !before.granted.isCompatibleWith(waiter.asked());
        if (before != null && !isThere) {
            blockers.add(before);
        }
        return blockers;
    }

    private static void addHolders(LockState waiter, LockQueue queue, List<LockState> blockers) {
        for (LockState other = queue.head; other != null; other = other.next) {
            if (!other.equals(waiter) && !other.held().isCompatibleWith(waiter.asked())) {
                blockers.add(other);
            }
        }
    }

    private static @Nullable LockState before(LockState waiter) {
        if (waiter.previous != null) {
            return waiter.previous;
        }
        return waiter.granted == null ? waiter.resource.converting.tail() : null;
    }

    /** The requests that must end before {@code blocker} can be given up or can go on. */
    static List<LockState> next(LockState waiter, LockState blocker) {
        List<LockState> next = new ArrayList<>(2);
        if (blocker.wanted != null) {
            next.add(blocker);
        }
        // What the owner would have to give up is the mode that it will hold in the end.
        LockMode last = blocker.wanted == null ? blocker.held() : blocker.wanted;
        boolean standsInTheWay = !last.isCompatibleWith(waiter.asked());
        if (blocker.owner != 0 && standsInTheWay) {
            for (LockState request : blocker.session.waitingByOwner.getOrDefault(blocker.owner, Set.of())) {
                if (!request.equals(blocker)) {
                    next.add(request);
                }
            }
        }
        return next;
    }

    /** A shortest cycle through this request, beginning with it; null if there is none. */
    private static @Nullable List<Edge> cycle(LockState start) {
        Map<LockState, Edge> cameBy = new HashMap<>();
        Map<LockState, LockState> cameFrom = new HashMap<>();
        Deque<LockState> open = new ArrayDeque<>();
        Set<Line> lines = new HashSet<>();
        open.add(start);
        int edges = 0;
        while (!open.isEmpty()) {
            LockState waiter = open.removeFirst();
            // The first of a line has led wherever its holders lead.
            boolean all = lines.add(new Line(waiter.resource, waiter.granted != null, waiter.asked()));
            for (LockState blocker : blockers(waiter, all)) {
                for (LockState request : next(waiter, blocker)) {
                    if (++edges > EDGES_MAX) {
                        return null;
                    }
                    if (request.equals(start)) {
                        return path(start, waiter, blocker, cameBy, cameFrom);
                    }
                    if (cameBy.putIfAbsent(request, new Edge(waiter, blocker)) == null) {
                        cameFrom.put(request, waiter);
                        open.add(request);
                    }
                }
            }
        }
        return null;
    }

    private static List<Edge> path(
            LockState start,
            LockState last,
            LockState blocker,
            Map<LockState, Edge> cameBy,
            Map<LockState, LockState> cameFrom) {
        List<Edge> path = new ArrayList<>();
        path.add(new Edge(last, blocker));
        LockState at = last;
        while (!at.equals(start)) {
            Edge edge = cameBy.get(at);
            LockState before = cameFrom.get(at);
            if (edge == null || before == null) {
                throw new IllegalStateException("lock " + at.id + " was not come to");
            }
            path.add(edge);
            at = before;
        }
        Collections.reverse(path);
        return path;
    }

    private static List<LockWait> describe(List<Edge> cycle) {
        return cycle.stream()
                .map(edge -> new LockWait(LockListing.info(edge.waiter()), LockListing.info(edge.blocker())))
                .toList();
    }

    /**
     * Ends a deadlock, if a cycle goes through the request: of those in it that belong to an owner, the request that began to wait
     * last is refused, and the answer names the cycle, beginning with it.
     */
    void breakDeadlock(Command.BreakDeadlock command) {
        LockState start = table.locks.get(command.lock());
        if (start == null || start.wanted == null || start.ticket != command.ticket()) {
            return;
        }
        List<Edge> cycle = cycle(start);
        if (cycle == null) {
            return;
        }
        Comparator<Edge> byRule = Comparator.<Edge, Boolean>comparing(edge -> edge.waiter().owner != 0)
                .thenComparingLong(edge -> edge.waiter().ticket);
        int at = cycle.indexOf(Collections.max(cycle, byRule));
        List<Edge> turned = new ArrayList<>(cycle.subList(at, cycle.size()));
        turned.addAll(cycle.subList(0, at));
        LockState victim = turned.getFirst().waiter();
        List<LockWait> answer = describe(turned);
        table.unqueue(victim, victim.session.ended ? null : new Result.Deadlock(answer));
        table.serve(victim.resource);
    }

    /** The requests that wait since then or longer and are in a cycle, one of each cycle. */
    List<Command.BreakDeadlock> suspects(long sinceMillis) {
        List<Command.BreakDeadlock> suspects = new ArrayList<>();
        forEachCycle(sinceMillis, cycle -> {
            LockState waiter = suspect(cycle);
            suspects.add(new Command.BreakDeadlock(waiter.id, waiter.ticket));
        });
        return suspects;
    }

    Result deadlocks() {
        List<List<LockWait>> cycles = new ArrayList<>();
        forEachCycle(Long.MAX_VALUE, cycle -> {
            List<Edge> shortest = cycle(suspect(cycle));
            cycles.add(describe(shortest == null ? cycle : shortest));
        });
        return new Result.Deadlocks(cycles);
    }

    /**
     * A request in the cycle that was come to by way of its owner. The cycle may follow a queue from its end to its head; a shortest
     * one through a request in the midst of the queue would have to do so too.
     */
    private static LockState suspect(List<Edge> cycle) {
        LockState blocker = cycle.getLast().blocker();
        for (Edge edge : cycle) {
            if (!edge.waiter().equals(blocker)) {
                return edge.waiter();
            }
            blocker = edge.blocker();
        }
        return cycle.getFirst().waiter();
    }

    /**
     * Looks at each request and each edge once, and tells of cycles that have no request in common; where requests are in several
     * cycles, of one of them. A scan that comes to its limit is gone on with by the next one.
     */
    private void forEachCycle(long sinceMillis, Consumer<List<Edge>> found) {
        WaitScan scan = new WaitScan(found);
        List<LockState> waiters = listing.waiters();
        int first = 0;
        while (first < waiters.size() && waiters.get(first).ticket < resumeAt) {
            first++;
        }
        Collections.rotate(waiters, -first);
        resumeAt = 0;
        for (LockState waiter : waiters) {
            if (scan.isSpent()) {
                resumeAt = waiter.ticket;
                break;
            }
            if (waiter.sinceMillis <= sinceMillis) {
                scan.enter(waiter);
            }
        }
    }
}
