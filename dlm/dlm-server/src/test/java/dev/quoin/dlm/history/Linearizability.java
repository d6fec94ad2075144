package dev.quoin.dlm.history;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether the operations on one resource can have happened one after the other, each at some instant between its call and its return (Wing and
 * Gong 1993, with the memory of Lowe 2017). What has not returned may have happened at any time after its call, or not at all.
 */
final class Linearizability {

    /** How a check ended. */
    sealed interface Verdict {
        /** There is an order. */
        record Possible() implements Verdict {}

        /** There is none; the longest order that was found, and what could not come next. */
        record Impossible(List<Op> longest, List<Op> stuck) implements Verdict {}

        /** There was no time to find out. */
        record Undecided() implements Verdict {}
    }

    /** A call or a return in the order of time; a list that can be unlinked and linked again. */
    private static final class Node {
        final int op;
        final boolean call;

        @Nullable Node previous;

        @Nullable Node next;

        @Nullable Node match;

        Node(int op, boolean call) {
            this.op = op;
            this.call = call;
        }
    }

    private record Step<S>(Node call, S before) {}

    private record Seen<S>(BitSet done, S state) {}

    private Linearizability() {}

    /** Looks for an order. */
    static <S> Verdict check(List<Op> ops, Model<S> model, long limitNanos) {
        long deadline = System.nanoTime() + limitNanos;
        Node head = list(ops);
        int left = (int) ops.stream().filter(Op::isKnown).count();
        S state = model.start();
        BitSet done = new BitSet(ops.size());
        Deque<Step<S>> steps = new ArrayDeque<>();
        Set<Seen<S>> seen = new HashSet<>();
        List<Op> longest = List.of();
        List<Op> stuck = List.of();
        Node at = head.next;
        while (left > 0) {
            if (System.nanoTime() - deadline > 0) {
                return new Verdict.Undecided();
            }
            if (at != null && at.call) {
                Optional<S> after = model.after(state, ops.get(at.op));
                if (after.isPresent() && remembers(seen, done, at.op, after.get())) {
                    steps.push(new Step<>(at, state));
                    state = after.get();
                    done.set(at.op);
                    left -= ops.get(at.op).isKnown() ? 1 : 0;
                    unlink(at);
                    at = head.next;
                } else {
                    at = at.next;
                }
                continue;
            }
            if (steps.size() >= longest.size()) {
                longest = steps.reversed().stream()
                        .map(step -> ops.get(step.call().op))
                        .toList();
                stuck = open(head, ops);
            }
            if (steps.isEmpty()) {
                return new Verdict.Impossible(longest, stuck);
            }
            Step<S> last = steps.pop();
            state = last.before();
            done.clear(last.call().op);
            left += ops.get(last.call().op).isKnown() ? 1 : 0;
            link(last.call());
            at = last.call().next;
        }
        return new Verdict.Possible();
    }

    private static <S> boolean remembers(Set<Seen<S>> seen, BitSet done, int op, S state) {
        BitSet with = (BitSet) done.clone();
        with.set(op);
        return seen.add(new Seen<>(with, state));
    }

    /** The calls that come before the first return. */
    private static List<Op> open(Node head, List<Op> ops) {
        List<Op> open = new ArrayList<>();
        for (Node node = head.next; node != null && node.call; node = node.next) {
            open.add(ops.get(node.op));
        }
        return open;
    }

    private static Node list(List<Op> ops) {
        record Moment(long at, boolean call, int op) {}
        List<Moment> moments = new ArrayList<>();
        for (int i = 0; i < ops.size(); i++) {
            moments.add(new Moment(ops.get(i).invoked(), true, i));
            moments.add(new Moment(ops.get(i).returned(), false, i));
        }
        // Of the same instant, calls first: then the two may have overlapped.
        moments.sort(Comparator.comparingLong(Moment::at).thenComparing(moment -> !moment.call()));
        Node[] calls = new Node[ops.size()];
        Node head = new Node(-1, false);
        Node last = head;
        for (Moment moment : moments) {
            Node node = new Node(moment.op(), moment.call());
            if (moment.call()) {
                calls[moment.op()] = node;
            } else {
                calls[moment.op()].match = node;
            }
            node.previous = last;
            last.next = node;
            last = node;
        }
        return head;
    }

    private static void unlink(Node call) {
        for (Node node : new Node[] {call, match(call)}) {
            if (node.previous != null) {
                node.previous.next = node.next;
            }
            if (node.next != null) {
                node.next.previous = node.previous;
            }
        }
    }

    private static void link(Node call) {
        for (Node node : new Node[] {match(call), call}) {
            if (node.previous != null) {
                node.previous.next = node;
            }
            if (node.next != null) {
                node.next.previous = node;
            }
        }
    }

    private static Node match(Node call) {
        if (call.match == null) {
            throw new IllegalStateException("a call without a return");
        }
        return call.match;
    }
}
