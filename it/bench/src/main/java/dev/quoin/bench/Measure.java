package dev.quoin.bench;

/**
 * One figure of an area.
 *
 * @param name as in {@code ./bench AREA NAME}
 * @param unit of the figure
 * @param what is measured, for people
 */
public record Measure(String name, String unit, Better better, String what) {

    public Measure {
        if (!name.matches("[a-z0-9-]+") || !unit.matches("\\S+")) {
            throw new IllegalArgumentException("measure '" + name + "' in '" + unit + "' found, words expected");
        }
    }
}
