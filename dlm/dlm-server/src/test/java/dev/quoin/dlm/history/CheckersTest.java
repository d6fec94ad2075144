package dev.quoin.dlm.history;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.dlm.history.Linearizability.Verdict;
import dev.quoin.dlm.history.Op.What;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/** Proves that the checkers pass what may have been and find what may not: a checker that finds nothing proves nothing. */
class CheckersTest {

    private static final long LIMIT = TimeUnit.SECONDS.toNanos(20);

    private static Op op(long invoked, long returned, What what) {
        return new Op("r", 1, what, invoked, returned);
    }

    private static boolean isPossible(Model<?> model, Op... ops) {
        Verdict verdict = Linearizability.check(List.of(ops), model, LIMIT);
        assertThat(verdict).isNotInstanceOf(Verdict.Undecided.class);
        return verdict instanceof Verdict.Possible;
    }

    private static boolean isFine(Op... ops) {
        boolean possible = isPossible(new Model.Lock(), ops);
        boolean noOverlap = Intervals.wrong(List.of(ops)).isEmpty();
        // The quick check is the weaker one.
        assertThat(noOverlap || !possible).isTrue();
        return possible && noOverlap;
    }

    @Test
    void locks() {
        assertThat(isFine(
                        op(1, 2, new What.Acquired(true, 1)),
                        op(3, 4, new What.Released(1)),
                        op(2, 6, new What.Acquired(true, 2))))
                .isTrue();
        assertThat(isFine(op(1, 2, new What.Acquired(true, 1)), op(3, 4, new What.Acquired(true, 2))))
                .as("never given back")
                .isFalse();
        assertThat(isFine(op(1, 2, new What.Acquired(false, 1)), op(3, 4, new What.Acquired(false, 2))))
                .as("shared")
                .isTrue();
        assertThat(isFine(
                        op(1, 2, new What.Acquired(false, 1)),
                        op(3, 4, new What.Acquired(true, 2)),
                        op(5, 6, new What.Released(1))))
                .as("reader and writer")
                .isFalse();
        assertThat(isFine(
                        op(1, 2, new What.Acquired(true, 2)),
                        op(3, 4, new What.Released(2)),
                        op(5, 6, new What.Acquired(true, 1))))
                .as("token falls")
                .isFalse();
        assertThat(isFine(
                        op(1, 2, new What.Acquired(true, 1)),
                        op(3, Op.NEVER, new What.Released(1)),
                        op(4, 5, new What.Acquired(true, 2))))
                .as("lost with the session")
                .isTrue();
        assertThat(isFine(
                        op(1, 2, new What.Acquired(true, 1)),
                        op(6, Op.NEVER, new What.Released(1)),
                        op(4, 5, new What.Acquired(true, 2))))
                .as("granted to another before it was lost")
                .isFalse();
        assertThat(Intervals.wrong(List.of(
                        op(1, 2, new What.Acquired(true, 1)),
                        op(3, 4, new What.Released(1)),
                        op(5, 6, new What.Acquired(true, 1)))))
                .hasSize(2);
    }

    @Test
    void values() {
        Model<?> model = new Model.Register();
        assertThat(isPossible(
                        model,
                        op(1, 4, new What.Written(0, 7, 5)),
                        op(2, 3, new What.Read(5, 7)),
                        op(5, 6, new What.Conflicted(0))))
                .isTrue();
        assertThat(isPossible(model, op(1, 2, new What.Written(0, 7, 5)), op(3, 4, new What.Read(0, 0))))
                .as("an old value is read")
                .isFalse();
        assertThat(isPossible(
                        model,
                        op(1, 9, new What.Written(0, 7, 5)),
                        op(2, 3, new What.Read(5, 7)),
                        op(4, 5, new What.Read(0, 0))))
                .as("read new, then old")
                .isFalse();
        assertThat(isPossible(model, op(1, 5, new What.Written(0, 7, 5)), op(2, 6, new What.Written(0, 8, 6))))
                .as("both believed to be first")
                .isFalse();
        assertThat(isPossible(model, op(1, Op.NEVER, new What.Written(0, 7, 0)), op(8, 9, new What.Read(5, 7))))
                .as("done though never answered")
                .isTrue();
        assertThat(isPossible(model, op(1, Op.NEVER, new What.Written(0, 7, 0)), op(8, 9, new What.Read(0, 0))))
                .as("not done and never answered")
                .isTrue();
        assertThat(isPossible(model, op(1, 2, new What.Conflicted(0))))
                .as("nothing stood in the way")
                .isFalse();
    }

    /** Histories of a true register, with times stretched at random, pass; with one answer changed they mostly do not. */
    @Test
    void randomHistories_pass_andDamagedOnesAreFound() {
        int found = 0;
        for (long seed = 1; seed <= 100; seed++) {
            RandomGenerator random =
                    RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
            List<Op> ops = new ArrayList<>();
            long revision = 0;
            long value = 0;
            Map<Integer, Long> free = new HashMap<>();
            for (int i = 0; i < 300; i++) {
                long at = 100L * (i + 1);
                int caller = random.nextInt(6);
                long invoked = Math.max(free.getOrDefault(caller, 0L) + 1, at - random.nextInt(1_000));
                if (invoked > at) {
                    continue;
                }
                long returned = at + random.nextInt(1_000);
                free.put(caller, returned);
                if (random.nextBoolean()) {
                    ops.add(new Op("r", caller, new What.Read(revision, value), invoked, returned));
                } else {
                    long next = revision + 1 + random.nextInt(3);
                    ops.add(new Op("r", caller, new What.Written(revision, i, next), invoked, returned));
                    revision = next;
                    value = i;
                }
            }
            assertThat(Linearizability.check(ops, new Model.Register(), LIMIT))
                    .as("seed %d", seed)
                    .isInstanceOf(Verdict.Possible.class);
            int victim = random.nextInt(ops.size());
            Op old = ops.get(victim);
            ops.set(victim, new Op("r", old.caller(), new What.Read(revision + 9, 0), old.invoked(), old.returned()));
            found += Linearizability.check(ops, new Model.Register(), LIMIT) instanceof Verdict.Impossible ? 1 : 0;
        }
        assertThat(found).isEqualTo(100);
    }

    @Test
    void lines_areReadAsTheyWereWritten() {
        for (What what : List.of(
                new What.Acquired(true, 7),
                new What.Released(7),
                new What.Read(1, 2),
                new What.Written(1, 2, 3),
                new What.Conflicted(4))) {
            Op op = new Op("r", 5, what, 6, Op.NEVER);
            assertThat(Op.parse(op.line())).isEqualTo(op);
        }
    }
}
