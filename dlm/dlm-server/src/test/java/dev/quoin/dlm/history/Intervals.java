package dev.quoin.dlm.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What can be said of the locks of one resource in one pass: no two that exclude each other were surely held at once, and tokens rise. */
final class Intervals {

    /** From when to when a lock was surely held. */
    private record Hold(Op acquired, long from, long until) {
        boolean excludes(Hold other) {
            return exclusive(acquired) || exclusive(other.acquired);
        }

        private static boolean exclusive(Op op) {
            return op.what() instanceof Op.What.Acquired(boolean exclusive, long _) && exclusive;
        }
    }

    private Intervals() {}

    /** What is wrong, in words; nothing if all is well. */
    static List<String> wrong(List<Op> ops) {
        List<String> wrong = new ArrayList<>();
        Map<Long, Op> released = new HashMap<>();
        for (Op op : ops) {
            if (op.what() instanceof Op.What.Released(long token)) {
                released.put(token, op);
            }
        }
        List<Hold> holds = new ArrayList<>();
        Map<Long, Op> tokens = new HashMap<>();
        for (Op op : ops) {
            if (op.what() instanceof Op.What.Acquired(boolean _, long token)) {
                Op twice = tokens.put(token, op);
                if (twice != null) {
                    wrong.add("token given twice: " + twice.line() + " and " + op.line());
                }
                Op release = released.get(token);
                long until = release == null ? op.returned() : Math.max(op.returned(), release.invoked());
                holds.add(new Hold(op, op.returned(), until));
            }
        }
        holds.sort(Comparator.comparingLong(Hold::from));
        overlaps(holds, wrong);
        falls(holds, wrong);
        return wrong;
    }

    private static void overlaps(List<Hold> holds, List<String> wrong) {
        List<Hold> open = new ArrayList<>();
        for (Hold hold : holds) {
            open.removeIf(other -> other.until() <= hold.from());
            for (Hold other : open) {
                if (hold.excludes(other)) {
                    wrong.add("held at once: " + other.acquired().line() + " until " + other.until() + " and "
                            + hold.acquired().line());
                }
            }
            open.add(hold);
        }
    }

    /** A grant that was over before another was asked for has the lower token. */
    private static void falls(List<Hold> holds, List<String> wrong) {
        List<Op> asked = holds.stream()
                .map(Hold::acquired)
                .sorted(Comparator.comparingLong(Op::invoked))
                .toList();
        long highest = 0;
        int given = 0;
        for (Op op : asked) {
            while (given < holds.size() && holds.get(given).from() < op.invoked()) {
                highest = Math.max(highest, token(holds.get(given).acquired()));
                given++;
            }
            if (token(op) <= highest) {
                wrong.add("token falls: " + op.line() + " after " + highest);
            }
        }
    }

    private static long token(Op op) {
        return op.what() instanceof Op.What.Acquired(boolean _, long token) ? token : 0;
    }
}
