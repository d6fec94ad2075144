package dev.quoin.tools.demo;

import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.output.Terminal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Steps that are carried out one after another, each with a line that says how it ended and how long it took. After a step that
 * failed no other is begun: what it left behind is what has to be looked at.
 *
 * <p>Owned by one thread.
 */
final class Checklist {

    /** A step; what it returns is added to its line. */
    @FunctionalInterface
    interface Step {
        /** Carries it out and throws if what it proves does not hold. */
        String run() throws Exception;
    }

    /** A step that cannot be carried out here. */
    static final class Skipped extends Exception {

        private static final long serialVersionUID = 1L;

        /** Says why. */
        Skipped(String why) {
            super(why);
        }
    }

    private final Terminal terminal;
    private final LongSupplier nanoClock;
    private final BooleanSupplier stopAsked;
    private final long started;
    private final List<String> notRun = new ArrayList<>();
    private @Nullable Exception failure;
    private int done;
    private int skipped;

    /**
     * Starts the clock.
     *
     * @param nanoClock monotonic, in nanoseconds
     * @param stopAsked whether no further step is to be begun
     */
    Checklist(Terminal terminal, LongSupplier nanoClock, BooleanSupplier stopAsked) {
        this.terminal = terminal;
        this.nanoClock = nanoClock;
        this.stopAsked = stopAsked;
        this.started = nanoClock.getAsLong();
    }

    /** Carries a step out, unless one before it failed. */
    void step(String name, Step step) {
        if (failure != null) {
            notRun.add(name);
            return;
        }
        if (stopAsked.getAsBoolean()) {
            failure = new CheckFailure("stopped");
            notRun.add(name);
            return;
        }
        long begun = nanoClock.getAsLong();
        try {
            String detail = step.run();
            done++;
            line("OK", begun, name + (detail.isEmpty() ? "" : ": " + detail));
        } catch (Skipped reason) {
            skipped++;
            line("SKIPPED", begun, name + ": " + reason.getMessage());
        } catch (Exception failed) {
            failure = failed;
            line("FAILED", begun, name + ": " + describe(failed));
        }
    }

    /** Prints what was not begun and what it all came to. */
    void finish() {
        notRun.forEach(name -> terminal.out().println("NOT RUN          " + name));
        String count = done + " steps OK" + (skipped > 0 ? ", " + skipped + " skipped" : "");
        terminal.out()
                .println((failure == null ? "demo check OK: " : "demo check FAILED: ") + count + ", "
                        + seconds(started).strip() + " s");
    }

    /** What the first step that failed failed with, null if none did. */
    @Nullable Exception failure() {
        return failure;
    }

    private void line(String result, long begun, String text) {
        terminal.out().println(String.format(Locale.ROOT, "%-7s %s s  %s", result, seconds(begun), text));
        terminal.out().flush();
    }

    private String seconds(long since) {
        return String.format(Locale.ROOT, "%5.1f", (nanoClock.getAsLong() - since) / 1e9);
    }

    private static String describe(Exception failed) {
        return switch (failed) {
            case Fault fault -> fault.object() + ": " + fault.message();
            case CheckFailure found -> String.valueOf(found.getMessage());
            default -> failed.toString();
        };
    }
}
