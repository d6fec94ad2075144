package dev.quoin.dlm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.quoin.dlm.api.LockMode;
import dev.quoin.dlm.api.LockRequest.Queue;
import dev.quoin.dlm.api.SessionEndPolicy;
import dev.quoin.dlm.api.ValueBlock;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Proves the tables of $ENQ and of fs/dlm/lock.c cell by cell: compatibility, conversion, who is told, and who writes the value block. */
class ModeTablesTest {

    /** __dlm_compat_matrix: rows are held, columns asked for. */
    private static final String[] COMPATIBLE = {
        // NL CR CW PR PW EX
        "111111", // NL
        "111110", // CR
        "111000", // CW
        "110100", // PR
        "110000", // PW
        "100000", // EX
    };

    /** dlm_lvb_operations: rows are held, columns asked for; w writes the resource's value block, r reads it, - does nothing. */
    private static final String[] VALUE_BLOCK = {
        // NL CR CW PR PW EX
        "rrrrrr", // NL
        "-rrrrr", // CR
        "--rrrr", // CW
        "---rrr", // PR
        "wwwwwr", // PW
        "wwwwww", // EX
    };

    private static final LockMode[] MODES = LockMode.values();

    private static boolean compatible(LockMode held, LockMode asked) {
        return COMPATIBLE[held.ordinal()].charAt(asked.ordinal()) == '1';
    }

    /** A core with a lockspace and two sessions. */
    private static final class Two {
        final Recorder core = new Recorder(new LockCore(Limits.DEFAULT, false));
        final long a = core.open("a", false);
        final long b = core.open("b", false);

        Two() {
            core.perform(a, new Operation.OpenLockspace("s", SessionEndPolicy.RELEASE));
        }

        boolean answered(long session, long sequence) {
            return core.effects.stream()
                    .anyMatch(e -> e instanceof Effect.Answer(long s, long q, Result result)
                            && s == session
                            && q == sequence
                            && result instanceof Result.Granted);
        }

        boolean told(long lock, LockMode mode) {
            return core.effects.stream()
                    .anyMatch(e -> e instanceof Effect.Blocking(long _, long l, long _, LockMode wanted)
                            && l == lock
                            && wanted == mode);
        }
    }

    @TestFactory
    List<DynamicTest> newLock_besideHeld_isGrantedAsInTheTable_elseHolderIsTold() {
        List<DynamicTest> cells = new ArrayList<>();
        for (LockMode held : MODES) {
            for (LockMode asked : MODES) {
                cells.add(dynamicTest(asked + " beside " + held, () -> {
                    Two two = new Two();
                    long lock = Asks.lock(two.core.perform(two.a, Asks.acquire("r", held)));
                    long request = two.core.start(two.b, Asks.acquire("r", asked));
                    assertThat(two.answered(two.b, request)).isEqualTo(compatible(held, asked));
                    assertThat(two.told(lock, asked)).isNotEqualTo(compatible(held, asked));
                    Result denied = two.core.perform(two.b, Asks.acquire("q", held));
                    assertThat(denied).isInstanceOf(Result.Granted.class);
                    assertThat(two.core.perform(two.a, Asks.acquire("q", asked, Queue.NOQUEUE)))
                            .isInstanceOf(compatible(held, asked) ? Result.Granted.class : Result.Denied.class);
                }));
            }
        }
        return cells;
    }

    @TestFactory
    List<DynamicTest> conversion_isGrantedInPlaceAsInTheTable() {
        List<DynamicTest> cells = new ArrayList<>();
        for (LockMode from : MODES) {
            for (LockMode to : MODES) {
                for (LockMode beside : MODES) {
                    if (compatible(beside, from)) {
                        cells.add(dynamicTest(from + " to " + to + " beside " + beside, () -> {
                            Two two = new Two();
                            long lock = Asks.lock(two.core.perform(two.a, Asks.acquire("r", from)));
                            Asks.lock(two.core.perform(two.b, Asks.acquire("r", beside)));
                            long request = two.core.start(two.a, Asks.convert(lock, to));
                            assertThat(two.answered(two.a, request)).isEqualTo(compatible(beside, to));
                        }));
                    }
                }
            }
        }
        return cells;
    }

    @TestFactory
    List<DynamicTest> conversionWithValue_writesItAsInTheTable_elseIsRefused() {
        List<DynamicTest> cells = new ArrayList<>();
        ValueBlock value = ValueBlock.of(new byte[] {1, 2});
        for (LockMode from : MODES) {
            for (LockMode to : MODES) {
                boolean writes = VALUE_BLOCK[from.ordinal()].charAt(to.ordinal()) == 'w';
                cells.add(dynamicTest(from + " to " + to, () -> {
                    Two two = new Two();
                    long lock = Asks.lock(two.core.perform(two.a, Asks.acquire("r", from)));
                    Result result =
                            two.core.perform(two.a, new Operation.Convert(lock, to, Queue.WAIT, value, 0, false));
                    if (writes) {
                        assertThat(((Result.Granted) result).value()).isEqualTo(value);
                    } else {
                        assertThat(result).isInstanceOf(Result.Refused.class);
                    }
                    Result.Granted seen = (Result.Granted) two.core.perform(two.b, Asks.acquire("r", LockMode.NL));
                    assertThat(seen.value()).isEqualTo(writes ? value : ValueBlock.EMPTY);
                }));
            }
        }
        return cells;
    }

    @TestFactory
    List<DynamicTest> deathOfHolder_spoilsTheValueBlock_ofWriters() {
        List<DynamicTest> cells = new ArrayList<>();
        for (LockMode held : MODES) {
            cells.add(dynamicTest("death in " + held, () -> {
                Two two = new Two();
                Asks.lock(two.core.perform(two.b, Asks.acquire("r", LockMode.NL)));
                Asks.lock(two.core.perform(two.a, Asks.acquire("r", held)));
                two.core.apply(new Command.ExpireSession(two.a));
                Result.Granted seen = (Result.Granted) two.core.perform(two.b, Asks.acquire("r", LockMode.PR));
                assertThat(seen.value().isValid()).isEqualTo(held != LockMode.PW && held != LockMode.EX);
            }));
        }
        return cells;
    }
}
