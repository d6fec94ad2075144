package dev.quoin.dlm.client.cache;

import dev.quoin.dlm.api.LockMode;
import org.jspecify.annotations.Nullable;

/**
 * One word that says which mode the node holds and which modes its threads use, so that a thread gets in and out by one
 * compare-and-set. Pure.
 *
 * <pre>
 * bits  0-2   the node's mode, 7 if it holds nothing
 * bit   3     closed: threads neither get in nor leave without a look at the queue
 * bits  4-5   threads in EX, PW: at most one each
 * bits  6-61  threads in PR, CW, CR, NL: 14 bits each
 * </pre>
 */
final class HoldWord {

    /** The most threads in one of the modes that can be shared; a further one waits for one of them to leave. */
    static final int SHARERS_MAX = (1 << 14) - 1;

    /** The node holds nothing, nobody is in. */
    static final long EMPTY = 7;

    private static final LockMode[] MODES = LockMode.values();
    private static final int MODE = 7;
    private static final long CLOSED = 1L << 3;

    private static final int[] SHIFT = new int[MODES.length];
    private static final long[] FIELD = new long[MODES.length];

    /** For each mode, the counts that must be zero for a thread to get in: those of the modes that it is not compatible with. */
    private static final long[] AGAINST = new long[MODES.length];

    /** For each mode of the node, a bit for each mode that a thread can use under it. */
    private static final int[] COVERED = new int[8];

    static {
        SHIFT[LockMode.EX.ordinal()] = 4;
        SHIFT[LockMode.PW.ordinal()] = 5;
        SHIFT[LockMode.PR.ordinal()] = 6;
        SHIFT[LockMode.CW.ordinal()] = 20;
        SHIFT[LockMode.CR.ordinal()] = 34;
        SHIFT[LockMode.NL.ordinal()] = 48;
        for (LockMode mode : MODES) {
            FIELD[mode.ordinal()] = (long) (isAlone(mode) ? 1 : SHARERS_MAX) << SHIFT[mode.ordinal()];
        }
        for (LockMode mode : MODES) {
            for (LockMode other : MODES) {
                if (!mode.isCompatibleWith(other)) {
                    AGAINST[mode.ordinal()] |= FIELD[other.ordinal()];
                }
                if (mode.convertsDownTo(other)) {
                    COVERED[mode.ordinal()] |= 1 << other.ordinal();
                }
            }
        }
    }

    private HoldWord() {}

    private static boolean isAlone(LockMode mode) {
        return !mode.isCompatibleWith(mode);
    }

    /** The node's mode, null if it holds nothing. */
    static @Nullable LockMode mode(long word) {
        int ordinal = (int) word & MODE;
        return ordinal == EMPTY ? null : MODES[ordinal];
    }

    static long withMode(long word, @Nullable LockMode mode) {
        return (word & ~MODE) | (mode == null ? EMPTY : mode.ordinal());
    }

    static boolean isClosed(long word) {
        return (word & CLOSED) != 0;
    }

    static long close(long word) {
        return word | CLOSED;
    }

    static long open(long word) {
        return word & ~CLOSED;
    }

    /** Whether the node's mode allows a thread to use this one. */
    static boolean covers(long word, LockMode mode) {
        return (COVERED[(int) word & MODE] >> mode.ordinal() & 1) != 0;
    }

    /** Whether no thread that is in stands against one more in this mode. */
    static boolean hasRoom(long word, LockMode mode) {
        int at = mode.ordinal();
        return (word & AGAINST[at]) == 0 && (word & FIELD[at]) != FIELD[at];
    }

    /** One thread more in this mode, for which there must be room. */
    static long enter(long word, LockMode mode) {
        return word + (1L << SHIFT[mode.ordinal()]);
    }

    /** One thread less. */
    static long leave(long word, LockMode mode) {
        return word - (1L << SHIFT[mode.ordinal()]);
    }

    /** How many threads use this mode. */
    static int count(long word, LockMode mode) {
        return (int) ((word & FIELD[mode.ordinal()]) >> SHIFT[mode.ordinal()]);
    }

    /** Whether any thread is in. */
    static boolean isUsed(long word) {
        return word >>> 4 != 0;
    }

    /** The weakest mode that covers all threads that are in; null if none is. */
    static @Nullable LockMode used(long word) {
        LockMode least = null;
        for (LockMode mode : MODES) {
            if (count(word, mode) > 0) {
                least = least == null ? mode : join(least, mode);
            }
        }
        return least;
    }

    /** The weakest mode that covers both. */
    static LockMode join(@Nullable LockMode one, LockMode other) {
        for (LockMode mode : MODES) {
            if ((one == null || mode.convertsDownTo(one)) && mode.convertsDownTo(other)) {
                return mode;
            }
        }
        throw new AssertionError("EX covers every mode");
    }

    /**
     * The strongest mode under {@code from} that blocks none of the modes wanted.
     *
     * @param wanted a bit for each mode, by ordinal
     */
    static LockMode strongestBeside(LockMode from, int wanted) {
        for (int i = MODES.length - 1; i > 0; i--) {
            LockMode mode = MODES[i];
            if (from.convertsDownTo(mode) && isCompatibleWithAll(mode, wanted)) {
                return mode;
            }
        }
        return LockMode.NL;
    }

    /** Whether a mode blocks none of the modes wanted. */
    static boolean isCompatibleWithAll(LockMode mode, int wanted) {
        for (LockMode other : MODES) {
            if ((wanted >> other.ordinal() & 1) != 0 && !mode.isCompatibleWith(other)) {
                return false;
            }
        }
        return true;
    }
}
