package dev.quoin.tools.output;

import dev.quoin.tools.config.ByteSize;
import dev.quoin.tools.config.TimeSpan;
import java.time.Duration;
import java.util.Locale;

/** The look of a work under way. Pure: no clock and no stream. */
final class ProgressBar {

    private static final int WIDTH = 30;

    private ProgressBar() {}

    /**
     * A bar, such as {@code rebuild main [=====>          ]  37 %  210.0 MiB/s  4.2 s left}.
     *
     * @param from what was done before, when the time began, in bytes
     * @param done in bytes
     * @param total in bytes; 0 is an unknown total
     */
    static String bar(String label, long from, long done, long total, Duration elapsed) {
        int filled = (int) (share(done, total) * WIDTH);
        String bar = "=".repeat(filled) + (filled < WIDTH ? ">" + " ".repeat(WIDTH - filled - 1) : "");
        return label + " [" + bar + "] " + figures(from, done, total, elapsed);
    }

    /** The same without the bar. */
    static String line(String label, long from, long done, long total, Duration elapsed) {
        return label + " " + figures(from, done, total, elapsed);
    }

    /** How much is done, in whole percent, rounded down. */
    static int percent(long done, long total) {
        return (int) (share(done, total) * 100);
    }

    private static double share(long done, long total) {
        return total <= 0 ? 0 : Math.clamp((double) done / total, 0, 1);
    }

    private static String figures(long from, long done, long total, Duration elapsed) {
        String percent = String.format(Locale.ROOT, "%3d %%", percent(done, total));
        double seconds = elapsed.toNanos() / 1e9;
        if (done <= from || seconds < 0.1) {
            return percent;
        }
        double rate = (done - from) / seconds;
        String speed = "  " + ByteSize.format((long) rate) + "/s";
        return done >= total
                ? percent + speed
                : percent + speed + "  " + TimeSpan.format(Duration.ofMillis((long) ((total - done) / rate * 1000)))
                        + " left";
    }
}
