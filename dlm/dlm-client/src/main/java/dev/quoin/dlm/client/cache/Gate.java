package dev.quoin.dlm.client.cache;

import dev.quoin.dlm.api.LockMode;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** A {@link HoldWord} that any number of threads change at once, each change by one compare-and-set. */
final class Gate {

    private static final VarHandle WORD;

    static {
        try {
            WORD = MethodHandles.lookup().findVarHandle(Gate.class, "word", long.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private volatile long word = HoldWord.EMPTY;

    /** The word as it was a moment ago. */
    long word() {
        return word;
    }

    /** Lets a thread in if the gate is open, the node's mode allows it and there is room. */
    boolean tryEnter(LockMode mode) {
        long seen = word;
        while (!HoldWord.isClosed(seen) && HoldWord.covers(seen, mode) && HoldWord.hasRoom(seen, mode)) {
            long found = (long) WORD.compareAndExchange(this, seen, HoldWord.enter(seen, mode));
            if (found == seen) {
                return true;
            }
            seen = found;
        }
        return false;
    }

    /** Lets a thread in past a closed gate, for whom there must be room; only for the one who closed it. */
    void enter(LockMode mode) {
        WORD.getAndAdd(this, HoldWord.enter(0, mode));
    }

    /** A thread leaves; says whether the gate was open. */
    boolean leave(LockMode mode) {
        return !HoldWord.isClosed((long) WORD.getAndAdd(this, HoldWord.leave(0, mode)));
    }

    /** From now on nobody gets in by {@link #tryEnter}. */
    void close() {
        for (long seen = word; !HoldWord.isClosed(seen); seen = word) {
            WORD.compareAndSet(this, seen, HoldWord.close(seen));
        }
    }

    void open() {
        for (long seen = word; HoldWord.isClosed(seen); seen = word) {
            WORD.compareAndSet(this, seen, HoldWord.open(seen));
        }
    }

    void setMode(@Nullable LockMode mode) {
        long seen = word;
        while (!WORD.compareAndSet(this, seen, HoldWord.withMode(seen, mode))) {
            seen = word;
        }
    }
}
