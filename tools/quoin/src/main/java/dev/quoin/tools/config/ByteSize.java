package dev.quoin.tools.config;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes as people write it: {@code 512}, {@code 64KiB}, {@code 1 GiB}, {@code 2TB}.
 *
 * @param bytes not negative
 */
public record ByteSize(long bytes) implements Comparable<ByteSize> {

    private static final Pattern FORM = Pattern.compile("(\\d{1,19})\\s*([A-Za-z]*)");

    private static final Map<String, Long> UNITS = Map.ofEntries(
            Map.entry("", 1L),
            Map.entry("B", 1L),
            Map.entry("KB", 1_000L),
            Map.entry("MB", 1_000_000L),
            Map.entry("GB", 1_000_000_000L),
            Map.entry("TB", 1_000_000_000_000L),
            Map.entry("PB", 1_000_000_000_000_000L),
            Map.entry("KIB", 1L << 10),
            Map.entry("MIB", 1L << 20),
            Map.entry("GIB", 1L << 30),
            Map.entry("TIB", 1L << 40),
            Map.entry("PIB", 1L << 50));

    private static final String[] IEC = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    public ByteSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("size " + bytes + " found, 0 or more bytes expected");
        }
    }

    /**
     * Reads a size; the unit may be in any case, and without one it is bytes.
     *
     * @throws IllegalArgumentException naming what was found and what is expected
     */
    public static ByteSize parse(String text) {
        Matcher form = FORM.matcher(text.strip());
        Long unit = form.matches() ? UNITS.get(form.group(2).toUpperCase(Locale.ROOT)) : null;
        if (unit == null) {
            throw new IllegalArgumentException("size '" + text
                    + "' found, a whole number with a unit expected: B, KiB, MiB, GiB, TiB, KB, MB, GB or TB");
        }
        try {
            return new ByteSize(Math.multiplyExact(Long.parseLong(form.group(1)), unit));
        } catch (ArithmeticException | NumberFormatException tooLarge) {
            throw new IllegalArgumentException("size '" + text + "' found, at most 8 EiB expected", tooLarge);
        }
    }

    /** The size in the largest binary unit that leaves at least 1: exact without a fraction, else with one decimal. */
    public static String format(long bytes) {
        int unit = 0;
        while (unit < IEC.length - 1 && bytes >> (10 * (unit + 1)) > 0) {
            unit++;
        }
        long scale = 1L << (10 * unit);
        if (bytes % scale == 0) {
            return bytes / scale + " " + IEC[unit];
        }
        return String.format(Locale.ROOT, "%.1f %s", (double) bytes / scale, IEC[unit]);
    }

    @Override
    public int compareTo(ByteSize other) {
        return Long.compare(bytes, other.bytes);
    }

    /** The size as {@link #format} writes it. */
    @Override
    public String toString() {
        return format(bytes);
    }
}
