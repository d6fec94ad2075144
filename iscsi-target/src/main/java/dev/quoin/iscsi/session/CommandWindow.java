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

    // Written by the receiving thread alone, and without a fence, which would wait for the data of the last read to
    // leave the
    // processor. Others may see the numbers late, never going back.
    private final AtomicInteger expected;
    private final AtomicInteger endedAtOnce = new AtomicInteger();

    /**
     * Opens a window.
     *
     * @param first the number of the first command
     * @param size how many commands may be open at once
     */
    public CommandWindow(int first, int size) {
        this.expected = new AtomicInteger(first);
        this.base = first + size - 1;
    }

    /** Judges the number of a command that is not immediate, and moves on if it is the next one. Receiving thread only. */
    public Verdict receive(int cmdSn) {
        int next = expected.getPlain();
        if (cmdSn == next && !SerialNumber.before(max(), next)) {
            expected.setRelease(next + 1);
            return Verdict.NEXT;
        }
        return SerialNumber.within(cmdSn, next, max()) ? Verdict.GAP : Verdict.IGNORE;
    }

    /** A command has ended on the receiving thread. */
    public void endHere() {
        endedAtOnce.setRelease(endedAtOnce.getPlain() + 1);
    }

    /** A command has ended on any thread. */
    public void end() {
        endedElsewhere.incrementAndGet();
    }

    /** ExpCmdSN. */
    public int expected() {
        return expected.get();
    }

    /** MaxCmdSN. */
    public int max() {
        return base + endedAtOnce.get() + endedElsewhere.get();
    }
}
