package dev.quoin.tools.output;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Shows how far a work is: a bar that moves in front of a person, else a line at each tenth, in JSON a line of JSON.
 *
 * <p>Safe for use by several threads.
 */
public final class ProgressPrinter {

    private static final long REDRAW_NANOS = 100_000_000;
    private static final int LINES = 10;

    private final Terminal terminal;
    private final OutputFormat format;
    private final String label;
    private final LongSupplier nanoClock;
    private final long started;
    private long from;
    private long drawn;
    private int tenths;
    private int width;
    private boolean begun;

    /**
     * Starts the clock of a work.
     *
     * @param label names the work and its object, such as {@code rebuild main}
     * @param nanoClock monotonic, in nanoseconds
     */
    public ProgressPrinter(Terminal terminal, OutputFormat format, String label, LongSupplier nanoClock) {
        this.terminal = terminal;
        this.format = format;
        this.label = label;
        this.nanoClock = nanoClock;
        this.started = nanoClock.getAsLong();
    }

    /** Tells how far it is, in bytes. */
    public synchronized void update(long done, long total) {
        long now = nanoClock.getAsLong();
        if (!begun) {
            // A work that goes on had done this much before.
            from = done;
        }
        Duration elapsed = Duration.ofNanos(now - started);
        int tenth = ProgressBar.percent(done, total) / LINES;
        boolean newTenth = tenth > tenths || !begun;
        if (format == OutputFormat.JSON) {
            if (newTenth) {
                ObjectNode event = Json.document("Progress").put("work", label);
                terminal.out().println(Json.line(event.put("doneBytes", done).put("totalBytes", total)));
            }
        } else if (!terminal.interactive()) {
            if (newTenth) {
                terminal.out().println(ProgressBar.line(label, from, done, total, elapsed));
            }
        } else if (!begun || newTenth || now - drawn >= REDRAW_NANOS) {
            redraw(ProgressBar.bar(label, from, done, total, elapsed));
            drawn = now;
        }
        tenths = Math.max(tenth, tenths);
        begun = true;
    }

    /** Ends the line of the bar, if there is one. */
    public synchronized void finish() {
        if (width > 0) {
            terminal.out().println();
            width = 0;
        }
    }

    private void redraw(String bar) {
        // What the last drawing left over to the right is overwritten with spaces.
        terminal.out().print("\r" + bar + " ".repeat(Math.max(0, width - bar.length())));
        terminal.out().flush();
        width = bar.length();
    }
}
