package dev.quoin.dlm.core;

import dev.quoin.dlm.api.ByteRange;
import dev.quoin.dlm.api.RangeLocks.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The rules of fcntl(2) written a second time, as plainly as possible: a file is a row of cells, one for each of its first bytes and one for
 * all that follow, and each cell knows who has it how. Nothing splits and nothing merges here.
 */
final class NaiveRanges {

    /** Cells 0 to 15 are bytes; the last one stands for all bytes from 16 on. */
    static final int CELLS = 17;

    /** Who can hold or wait. */
    record Owner(long session, long owner) {}

    /** What one owner has in one cell. */
    record Grip(Kind kind, long token) {}

    /** A request that waits. */
    record Waiter(Owner owner, long request, String file, int first, int last, Kind kind) {}

    /** File to cells to who has it. */
    final Map<String, List<Map<Owner, Grip>>> files = new HashMap<>();

    /** In order of arrival. */
    final List<Waiter> waiters = new ArrayList<>();

    static ByteRange range(int first, int last) {
        return new ByteRange(first, last == CELLS - 1 ? Long.MAX_VALUE : last);
    }

    static int cell(long position) {
        return (int) Math.min(position, CELLS - 1);
    }

    private List<Map<Owner, Grip>> cells(String file) {
        return files.computeIfAbsent(file, name -> {
            List<Map<Owner, Grip>> cells = new ArrayList<>();
            for (int i = 0; i < CELLS; i++) {
                cells.add(new HashMap<>());
            }
            return cells;
        });
    }

    /** Who stands against it, in no order. */
    List<Owner> against(Owner owner, String file, int first, int last, Kind kind) {
        List<Owner> found = new ArrayList<>();
        List<Map<Owner, Grip>> cells = files.get(file);
        for (int i = first; cells != null && i <= last; i++) {
            cells.get(i).forEach((other, grip) -> {
                boolean clash = kind == Kind.WRITE || grip.kind() == Kind.WRITE;
                if (clash && !other.equals(owner) && !found.contains(other)) {
                    found.add(other);
                }
            });
        }
        return found;
    }

    /** Takes the cells from the owner. */
    void unlock(Owner owner, String file, int first, int last) {
        for (int i = first; i <= last; i++) {
            cells(file).get(i).remove(owner);
        }
    }

    /** Gives the owner the cells; what it has beside them in the same kind becomes one lock with them. */
    void lock(Owner owner, String file, int first, int last, Kind kind, long token) {
        List<Map<Owner, Grip>> cells = cells(file);
        int from = first;
        int to = last;
        while (from > 0 && has(cells.get(from - 1), owner, kind)) {
            from--;
        }
        while (to < CELLS - 1 && has(cells.get(to + 1), owner, kind)) {
            to++;
        }
        for (int i = from; i <= to; i++) {
            cells.get(i).put(owner, new Grip(kind, token));
        }
    }

    void takeTokens(Map<Long, Long> tokens) {
        for (List<Map<Owner, Grip>> cells : files.values()) {
            for (Map<Owner, Grip> cell : cells) {
                cell.replaceAll((owner, grip) ->
                        grip.token() < 0 ? new Grip(grip.kind(), tokens.getOrDefault(grip.token(), 0L)) : grip);
            }
        }
    }

    private static boolean has(Map<Owner, Grip> cell, Owner owner, Kind kind) {
        Grip grip = cell.get(owner);
        return grip != null && grip.kind() == kind;
    }

    /** Whether one of the owners is {@code target} or waits for it, directly or through others. */
    boolean leadsTo(List<Owner> owners, Owner target, List<Owner> seen) {
        for (Owner owner : owners) {
            if (owner.equals(target)) {
                return true;
            }
            if (seen.contains(owner)) {
                continue;
            }
            seen.add(owner);
            for (Waiter waiter : waiters) {
                if (waiter.owner().equals(owner) && leadsTo(against(waiter), target, seen)) {
                    return true;
                }
            }
        }
        return false;
    }

    List<Owner> against(Waiter waiter) {
        return against(waiter.owner(), waiter.file(), waiter.first(), waiter.last(), waiter.kind());
    }

    /** The first request in order of arrival that nothing stands against. */
    @Nullable Waiter ready(String file) {
        for (Waiter waiter : waiters) {
            if (waiter.file().equals(file) && against(waiter).isEmpty()) {
                return waiter;
            }
        }
        return null;
    }

    /** Takes away what a session has in a file. */
    void drop(long session, String file) {
        cells(file).forEach(cell -> cell.keySet().removeIf(owner -> owner.session() == session));
    }

    /** The files in which a session has something, in order of their names. */
    List<String> filesOf(long session) {
        List<String> found = new ArrayList<>();
        for (String file : new TreeSet<>(files.keySet())) {
            if (cells(file).stream()
                    .anyMatch(cell -> cell.keySet().stream().anyMatch(owner -> owner.session() == session))) {
                found.add(file);
            }
        }
        return found;
    }

    boolean holds(long session) {
        return !filesOf(session).isEmpty();
    }

    /** For comparison: each cell that somebody has, by file, cell, session and owner. */
    Map<String, Grip> picture() {
        Map<String, Grip> picture = new TreeMap<>();
        files.forEach((file, cells) -> {
            for (int i = 0; i < CELLS; i++) {
                int cell = i;
                cells.get(i)
                        .forEach((owner, grip) -> picture.put(key(file, cell, owner.session(), owner.owner()), grip));
            }
        });
        return picture;
    }

    static String key(String file, int cell, long session, long owner) {
        return file + " " + cell + " " + session + " " + owner;
    }
}
