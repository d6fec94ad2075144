package dev.quoin.dlm.core;

import dev.quoin.dlm.core.WaitGraph.Edge;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A walk through the graph of waits, depth first, from as many requests as it is told to begin with. It comes to each request once and
 * tells of cycles that have no request in common, so what it does is linear in the graph and bounded by {@link WaitGraph#EDGES_MAX}.
 */
final class WaitScan {

    /** A request on the way, with the edges that are still to be followed. */
    private record Step(LockState waiter, Deque<Edge> blockers, Deque<LockState> next) {}

    /** Steps of the way that are in a cycle which was told of. */
    private static final class Told {
        private final int from;
        private int to;

        private Told(int from, int to) {
            this.from = from;
            this.to = to;
        }
    }

    private final Consumer<List<Edge>> found;
    private final Set<LockState> entered = new HashSet<>();
    private final Map<LockState, Integer> onTheWay = new HashMap<>();
    private final List<Step> way = new ArrayList<>();
    private final Deque<Told> told = new ArrayDeque<>();

    /** The first request for each mode in the queues that it came to. */
    private final Map<LockQueue, @Nullable LockState[]> firstOfModes = new HashMap<>();

    private int edges;

    WaitScan(Consumer<List<Edge>> found) {
        this.found = found;
    }

    /** Whether it has come to the limit, and looks no further. */
    boolean isSpent() {
        return edges >= WaitGraph.EDGES_MAX;
    }

    void enter(LockState start) {
        push(start);
        while (!way.isEmpty()) {
            LockState request = next(way.getLast());
            if (request == null) {
                pop();
            } else if (onTheWay.containsKey(request)) {
                tell(onTheWay.get(request));
            } else {
                push(request);
            }
        }
    }

    private void push(LockState waiter) {
        if (!isSpent() && entered.add(waiter)) {
            Deque<Edge> edgesOut = new ArrayDeque<>();
            WaitGraph.blockers(waiter, isFirstOfItsMode(waiter))
                    .forEach(blocker -> edgesOut.add(new Edge(waiter, blocker)));
            onTheWay.put(waiter, way.size());
            way.add(new Step(waiter, edgesOut, new ArrayDeque<>()));
        }
    }

    /** Those behind it come to what it waits for by way of it. */
    private boolean isFirstOfItsMode(LockState waiter) {
        LockQueue queue = waiter.granted == null ? waiter.resource.waiting : waiter.resource.converting;
        LockState[] first = firstOfModes.get(queue);
        if (first == null) {
            first = new LockState[Resource.MODES.length];
            for (LockState each = queue.head; each != null; each = each.next) {
                int mode = each.asked().ordinal();
                first[mode] = first[mode] == null ? each : first[mode];
            }
            firstOfModes.put(queue, first);
        }
        return waiter.equals(first[waiter.asked().ordinal()]);
    }

    private void pop() {
        onTheWay.remove(way.removeLast().waiter());
        Told last = told.peekLast();
        if (last != null && last.to == way.size()) {
            last.to--;
            if (last.to < last.from) {
                told.removeLast();
            }
        }
    }

    /** The next request to go to; the first of the blockers is the one that leads there. */
    private @Nullable LockState next(Step step) {
        while (!step.blockers().isEmpty()) {
            if (step.next().isEmpty()) {
                Edge edge = step.blockers().getFirst();
                step.next().addAll(WaitGraph.next(edge.waiter(), edge.blocker()));
                edges++;
                if (step.next().removeIf(request -> request.equals(edge.waiter()))) {
                    // An owner that waits for itself.
                    tell(way.size() - 1);
                }
                // Marks the end of what this blocker leads to.
                step.next().add(step.waiter());
            }
            LockState request = step.next().removeFirst();
            edges++;
            if (!request.equals(step.waiter())) {
                return request;
            }
            step.blockers().removeFirst();
        }
        return null;
    }

    /** The way from there on has come back to where it began. */
    private void tell(int from) {
        Told last = told.peekLast();
        if (last == null || last.to < from) {
            told.addLast(new Told(from, way.size() - 1));
            found.accept(way.subList(from, way.size()).stream()
                    .map(step -> step.blockers().getFirst())
                    .toList());
        }
    }
}
