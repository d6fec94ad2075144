package dev.quoin.bench;

import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Medians, and the one line in which a result is given. */
public final class Figures {

    private Figures() {}

    /** The middle one of an odd number of figures, the mean of the middle two of an even number. */
    public static double median(double[] figures) {
        if (figures.length == 0) {
            throw new IllegalArgumentException("no figures found, at least one expected");
        }
        double[] sorted = figures.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /** {@code BENCH <area>/<measure> <unit> quoin=<median> runs=<n>}. */
    public static String line(String area, Measure measure, double own, int runs) {
        return String.format(
                "BENCH %s/%s %s quoin=%s runs=%d", area, measure.name(), measure.unit(), number(own), runs);
    }

    /** {@code BENCH <area>/<measure> <unit> quoin=<median> <peer>=<median> ratio=<better is above 1> runs=<n>}. */
    public static String line(String area, Measure measure, double own, String peer, double other, int runs) {
        return String.format(
                "BENCH %s/%s %s quoin=%s %s=%s ratio=%s runs=%d",
                area,
                measure.name(),
                measure.unit(),
                number(own),
                peer,
                number(other),
                String.format(Locale.ROOT, "%.2f", measure.better().ratio(own, other)),
                runs);
    }

    /** A figure with about three digits that mean something, without an exponent. */
    public static String number(double figure) {
        String format = figure >= 100 ? "%.0f" : figure >= 10 ? "%.1f" : figure >= 1 ? "%.2f" : "%.3f";
        return String.format(Locale.ROOT, format, figure);
    }

    /**
     * The number in the first group of the last match of {@code pattern}.
     *
     * @param output of a program
     * @throws BenchException if nothing matches
     */
    public static double lastMatch(Pattern pattern, String output) throws BenchException {
        Matcher matcher = pattern.matcher(output);
        double last = Double.NaN;
        while (matcher.find()) {
            last = Double.parseDouble(matcher.group(1));
        }
        if (Double.isNaN(last)) {
            throw new BenchException("output '" + output.strip() + "' found, a match of " + pattern + " expected");
        }
        return last;
    }
}
