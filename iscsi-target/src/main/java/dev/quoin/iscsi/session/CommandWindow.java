package dev.quoin.iscsi.session;

import dev.quoin.iscsi.wire.SerialNumber;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The numbers that order and limit the commands of a session (RFC 7143 4.2.2.1).
 *
 * <p>MaxCmdSN is the first number plus the size of the window plus the number of commands that have ended, so it never goes
 * back, and never more commands are open than the window is wide. One thread receives; any thread ends commands.
 */
public final class CommandWindow {

    /** What to do with a command of some number. */
    public enum Verdict {
        /** It is the next one. */
        NEXT,
        /** It lies outside the window: drop it without an answer. */
        IGNORE,
        /** It lies in the window and one before it is missing. */
        GAP
    }

    private final int base;
    private final AtomicInteger endedElsewhere = new AtomicInteger();
    private volatile int expected;
    // Written by the receiving thread alone: an increment that other threads may see late.
    private volatile int endedAtOnce;

    /**
     * Opens a window.
     *
     * @param first the number of the first command
     * @param size how many commands may be open at once
     */
    public CommandWindow(int first, int size) {
        this.expected = first;
        this.base = first + size - 1;
    }

    /** Judges the number of a command that is not immediate, and moves on if it is the next one. Receiving thread only. */
    public Verdict receive(int cmdSn) {
        int next = expected;
        if (cmdSn == next && !SerialNumber.before(max(), next)) {
            expected = next + 1;
            return Verdict.NEXT;
        }
        return SerialNumber.within(cmdSn, next, max()) ? Verdict.GAP : Verdict.IGNORE;
    }

    /** A command has ended on the receiving thread. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // One thread writes.
    public void endHere() {
        endedAtOnce++;
    }

    /** A command has ended on any thread. */
    public void end() {
        endedElsewhere.incrementAndGet();
    }

    /** ExpCmdSN. */
    public int expected() {
        return expected;
    }

    /** MaxCmdSN. */
    public int max() {
        return base + endedAtOnce + endedElsewhere.get();
    }
}
