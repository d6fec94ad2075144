package dev.quoin.dlm.core;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.dlm.api.LockInfo;
import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockWait;
import dev.quoin.dlm.api.RangeLocks.Kind;
import dev.quoin.dlm.api.RangeLocks.RangeInfo;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What must be true of any state and any answer, whatever led to it. */
final class CoreInvariants {

    private record Told(long lock, long token, LockMode mode) {}

    private final Set<Told> told = new HashSet<>();
    private final Set<Long> toldBroken = new HashSet<>();
    private final Set<Long> toldToFence = new HashSet<>();

    void take(Effect effect) {
        switch (effect) {
            case Effect.Blocking(long _, long lock, long token, LockMode mode) -> told.add(new Told(lock, token, mode));
            case Effect.LockBroken(long _, long lock) -> toldBroken.add(lock);
            case Effect.FenceNeeded(long session, String _) -> toldToFence.add(session);
            default -> {
                // Of no interest here.
            }
        }
    }

    /** No clash, no head of a queue that nothing stands against, and everybody told who has to be. */
    void checkGrants(LockCore core) {
        for (LockspaceState space : core.locks.spaces) {
            for (Resource resource : space.resources.values()) {
                check(resource);
            }
        }
        for (SessionState session : core.sessions.values()) {
            assertThat(toldBroken).containsAll(session.broken);
            if (session.ended) {
                assertThat(session.hasNothing()).isFalse();
                assertThat(toldToFence).contains(session.id);
            }
        }
    }

    private static List<LockState> in(LockQueue... queues) {
        List<LockState> all = new ArrayList<>();
        for (LockQueue queue : queues) {
            for (LockState lock = queue.head; lock != null; lock = lock.next) {
                all.add(lock);
            }
        }
        return all;
    }

    private void check(Resource resource) {
        List<LockState> holders = in(resource.granted, resource.converting);
        List<LockState> waiters = in(resource.converting, resource.waiting);
        assertThat(resource.isUnused()).isFalse();
        for (LockState a : holders) {
            for (LockState b : holders) {
                if (a != b && !NaiveModel.compatible(a.held(), b.held())) {
                    throw new AssertionError(LockListing.info(a) + " clashes with " + LockListing.info(b));
                }
            }
            for (LockState b : waiters) {
                if (a != b
                        && a.listens
                        && !a.session.ended
                        && !NaiveModel.compatible(a.held(), b.asked())
                        && !told.contains(new Told(a.id, a.token, b.asked()))) {
                    throw new AssertionError(LockListing.info(a) + " was not told of " + LockListing.info(b));
                }
            }
        }
        if (!waiters.isEmpty()) {
            LockState head = waiters.getFirst();
            boolean blocked = false;
            for (LockState a : holders) {
                blocked |= a != head && !NaiveModel.compatible(a.held(), head.asked());
            }
            assertThat(blocked)
                    .as("anything against %s", LockListing.info(head))
                    .isTrue();
        }
        for (Resource child : resource.children().values()) {
            check(child);
        }
    }

    /** On one resource, tokens rise in the order of the grants. The model's numbers fall from -1 on. */
    void checkOrder(NaiveModel model, Map<Long, Long> tokens) {
        for (NaiveModel.Lock a : model.locks) {
            for (NaiveModel.Lock b : model.locks) {
                if (a.token < 0 && b.token < a.token && a.path.equals(b.path)) {
                    assertThat(tokens.get(b.token))
                            .as("token of the later grant")
                            .isGreaterThan(tokens.get(a.token));
                }
            }
        }
    }

    private static NaiveModel.Lock lock(NaiveModel model, LockInfo info) {
        NaiveModel.Lock lock = model.find(info.id());
        assertThat(lock).as("%s", info).isNotNull();
        assertThat(info.granted()).isEqualTo(lock.granted);
        assertThat(info.wanted()).isEqualTo(lock.wanted);
        assertThat(info.session() == null ? NaiveModel.ORPHAN : info.session().value())
                .isEqualTo(lock.session);
        assertThat(info.owner().id()).isEqualTo(lock.owner);
        assertThat(info.token() == null ? 0 : info.token().value()).isEqualTo(lock.token);
        return lock;
    }

    private static boolean standsAgainst(NaiveModel.Lock blocker, NaiveModel.Lock waiter) {
        return blocker != waiter
                && blocker.path.equals(waiter.path)
                && blocker.granted != null
                && waiter.wanted != null
                && !NaiveModel.compatible(blocker.granted, waiter.wanted);
    }

    private static boolean isAhead(NaiveModel.Lock blocker, NaiveModel.Lock waiter) {
        return blocker.path.equals(waiter.path)
                && blocker.wanted != null
                && (blocker.converts() == waiter.converts() ? blocker.order < waiter.order : blocker.converts());
    }

    void checkWaits(NaiveModel model, Result.Waits waits) {
        Set<List<Long>> found = new HashSet<>();
        for (LockWait wait : waits.waits()) {
            NaiveModel.Lock waiter = lock(model, wait.waiter());
            NaiveModel.Lock blocker = lock(model, wait.blocker());
            assertThat(standsAgainst(blocker, waiter) || isAhead(blocker, waiter))
                    .as("%s", wait)
                    .isTrue();
            assertThat(found.add(List.of(waiter.id, blocker.id))).isTrue();
        }
        for (NaiveModel.Lock waiter : model.locks) {
            for (NaiveModel.Lock blocker : model.locks) {
                if (standsAgainst(blocker, waiter)) {
                    assertThat(found).contains(List.of(waiter.id, blocker.id));
                }
            }
        }
    }

    /** Each edge is one, each blocker leads to the next waiter, and nobody in it would ever go on. */
    void checkCycle(NaiveModel model, List<LockWait> cycle, Set<Long> forEver) {
        assertThat(cycle).isNotEmpty();
        for (int i = 0; i < cycle.size(); i++) {
            NaiveModel.Lock waiter = lock(model, cycle.get(i).waiter());
            NaiveModel.Lock blocker = lock(model, cycle.get(i).blocker());
            NaiveModel.Lock next = lock(model, cycle.get((i + 1) % cycle.size()).waiter());
            assertThat(forEver).as("%s of %s", waiter.id, cycle).contains(waiter.id);
            assertThat(standsAgainst(blocker, waiter) || isAhead(blocker, waiter))
                    .as("%s", cycle.get(i))
                    .isTrue();
            assertThat(blocker == next
                            || (blocker.session == next.session && blocker.owner == next.owner && next.owner != 0))
                    .as("%s leads to the next of %s", cycle.get(i), cycle)
                    .isTrue();
        }
    }

    /** Of the requests with owners, the one that began to wait last is refused. */
    void checkVictim(NaiveModel model, List<LockWait> cycle) {
        NaiveModel.Lock victim = lock(model, cycle.getFirst().waiter());
        for (LockWait wait : cycle) {
            NaiveModel.Lock other = lock(model, wait.waiter());
            if ((other.owner != 0) == (victim.owner != 0)) {
                assertThat(other.order).isLessThanOrEqualTo(victim.order);
            } else {
                assertThat(victim.owner).isNotZero();
            }
        }
    }

    private static NaiveRanges.Owner owner(RangeInfo info) {
        return new NaiveRanges.Owner(info.session().value(), info.owner().id());
    }

    private static boolean isHeld(NaiveModel model, String file, int first, int last, Kind asked, RangeInfo info) {
        boolean clash = false;
        for (int i = NaiveRanges.cell(info.range().start());
                i <= NaiveRanges.cell(info.range().end());
                i++) {
            NaiveRanges.Grip grip = model.ranges.files.get(file).get(i).get(owner(info));
            assertThat(grip)
                    .isEqualTo(new NaiveRanges.Grip(info.kind(), info.token().value()));
            clash |= i >= first && i <= last && (asked == Kind.WRITE || info.kind() == Kind.WRITE);
        }
        return clash;
    }

    void checkBlocker(NaiveModel model, Operation.SetRange ask, long session, RangeInfo blocker) {
        Kind kind = ask.kind();
        assertThat(kind).isNotNull();
        String file = NaiveModel.path(ask.lockspace(), null, ask.resource().toString());
        int first = NaiveRanges.cell(ask.range().start());
        int last = NaiveRanges.cell(ask.range().end());
        assertThat(isHeld(model, file, first, last, kind, blocker)).isTrue();
        assertThat(owner(blocker)).isNotEqualTo(new NaiveRanges.Owner(session, ask.owner()));
    }

    void checkRangeCycle(NaiveModel model, Operation.SetRange ask, long session, List<RangeInfo> cycle) {
        checkBlocker(model, ask, session, cycle.getFirst());
        assertThat(owner(cycle.getLast())).isEqualTo(new NaiveRanges.Owner(session, ask.owner()));
        for (int i = 1; i < cycle.size(); i++) {
            NaiveRanges.Owner before = owner(cycle.get(i - 1));
            NaiveRanges.Owner blocker = owner(cycle.get(i));
            assertThat(model.ranges.waiters)
                    .as("a wait of %s for %s", before, blocker)
                    .anyMatch(waiter -> waiter.owner().equals(before)
                            && model.ranges.against(waiter).contains(blocker));
        }
    }
}
