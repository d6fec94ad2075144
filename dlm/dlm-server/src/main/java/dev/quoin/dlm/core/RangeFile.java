package dev.quoin.dlm.core;

import dev.quoin.dlm.api.ByteRange;
import dev.quoin.dlm.api.FencingToken;
import dev.quoin.dlm.api.LockOwner;
import dev.quoin.dlm.api.RangeLocks.Kind;
import dev.quoin.dlm.api.RangeLocks.RangeInfo;
import dev.quoin.dlm.api.ResourceName;
import dev.quoin.dlm.api.SessionId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The range locks of one resource, by the rules of fcntl(2): the locks of one owner never overlap and neighbours of one kind are one
 * lock; locks of different owners overlap only if both are shared.
 */
final class RangeFile {

    /** A lock held. */
    record Held(ByteRange range, Kind kind, SessionState session, long owner, long token) {

        boolean isOf(SessionState other, long otherOwner) {
            return session.equals(other) && owner == otherOwner;
        }

        RangeInfo info() {
            return new RangeInfo(
                    range,
                    kind,
                    new SessionId(session.id),
                    session.node,
                    new LockOwner(owner),
                    new FencingToken(token));
        }
    }

    /** A request that waits. */
    record Waiter(RangeFile file, ByteRange range, Kind kind, SessionState session, long owner, long request) {}

    final LockspaceState space;
    final ResourceName name;

    /** By start, then by session and owner. */
    final List<Held> held = new ArrayList<>();

    /** In order of arrival. */
    final List<Waiter> waiting = new ArrayList<>();

    boolean persisted;

    RangeFile(LockspaceState space, ResourceName name) {
        this.space = space;
        this.name = name;
    }

    boolean isUnused() {
        return held.isEmpty() && waiting.isEmpty();
    }

    boolean has(SessionState session) {
        return held.stream().anyMatch(one -> one.session().equals(session))
                || waiting.stream().anyMatch(one -> one.session().equals(session));
    }

    /** The first lock of another owner that stands against this one, null if there is none. */
    @Nullable Held conflict(SessionState session, long owner, ByteRange range, Kind kind) {
        for (Held one : held) {
            if (one.range().start() > range.end()) {
                return null;
            }
            if (one.range().overlaps(range)
                    && (kind == Kind.WRITE || one.kind() == Kind.WRITE)
                    && !one.isOf(session, owner)) {
                return one;
            }
        }
        return null;
    }

    /** All owners' locks that stand against this one. */
    List<Held> conflicts(Waiter waiter) {
        return held.stream()
                .filter(one -> one.range().overlaps(waiter.range())
                        && (waiter.kind() == Kind.WRITE || one.kind() == Kind.WRITE)
                        && !one.isOf(waiter.session(), waiter.owner()))
                .toList();
    }

    /** Whether the owner has a lock in the range. */
    boolean hasIn(SessionState session, long owner, ByteRange range) {
        return held.stream()
                .anyMatch(one -> one.isOf(session, owner) && one.range().overlaps(range));
    }

    /** Whether the range lies inside a lock of the owner, with some of it on either side. */
    boolean isSplitBy(SessionState session, long owner, ByteRange range) {
        return held.stream()
                .anyMatch(one -> one.isOf(session, owner)
                        && one.range().start() < range.start()
                        && one.range().end() > range.end());
    }

    /** Takes the range from the owner's locks; what sticks out on either side stays as it is. */
    void cut(SessionState session, long owner, ByteRange range) {
        List<Held> rest = new ArrayList<>(2);
        held.removeIf(one -> {
            if (!one.isOf(session, owner) || !one.range().overlaps(range)) {
                return false;
            }
            if (one.range().start() < range.start()) {
                rest.add(new Held(
                        new ByteRange(one.range().start(), range.start() - 1),
                        one.kind(),
                        session,
                        owner,
                        one.token()));
            }
            if (one.range().end() > range.end()) {
                rest.add(new Held(
                        new ByteRange(range.end() + 1, one.range().end()), one.kind(), session, owner, one.token()));
            }
            return true;
        });
        held.addAll(rest);
        sort();
    }

    /** Gives the owner the range, in place of what it has there, and joins it with neighbours of the same kind. */
    void put(SessionState session, long owner, ByteRange range, Kind kind, long token) {
        cut(session, owner, range);
        long[] bounds = {range.start(), range.end()};
        held.removeIf(one -> {
            boolean joins = one.isOf(session, owner)
                    && one.kind() == kind
                    && ((one.range().end() < Long.MAX_VALUE && one.range().end() + 1 == range.start())
                            || (range.end() < Long.MAX_VALUE
                                    && range.end() + 1 == one.range().start()));
            if (joins) {
                bounds[0] = Math.min(bounds[0], one.range().start());
                bounds[1] = Math.max(bounds[1], one.range().end());
            }
            return joins;
        });
        held.add(new Held(new ByteRange(bounds[0], bounds[1]), kind, session, owner, token));
        sort();
    }

    private void sort() {
        held.sort(Comparator.<Held>comparingLong(one -> one.range().start())
                .thenComparingLong(one -> one.session().id)
                .thenComparingLong(Held::owner));
    }
}
