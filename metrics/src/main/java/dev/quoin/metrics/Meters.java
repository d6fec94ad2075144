package dev.quoin.metrics;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Where a module registers what it counts and measures; names and labels are those of docs/metrics.md. Any thread may use it and what it gives.
 * A name is registered once, or again with the same labels: then both are the same.
 */
public interface Meters {

    /** Counts upwards from 0. Its calls do not block. */
    @FunctionalInterface
    interface Counter {
        /** Adds to the count of these label values, in the order of the names. */
        void add(long count, String... labelValues);
    }

    /** Counts durations or sizes by how large they are. Its calls do not block. */
    @FunctionalInterface
    interface Histogram {
        /** Notes one. */
        void observe(double value, String... labelValues);
    }

    /** A counter; its name ends with {@code _total}. */
    Counter counter(String name, String help, String... labelNames);

    /** A histogram; a name that ends with {@code _seconds} is of durations. */
    Histogram histogram(String name, String help, List<Double> bounds, String... labelNames);

    /**
     * A value that is asked for whenever somebody collects.
     *
     * @param values by the values of the labels, in the order of the names; called on the collector's thread, must not block for long
     * @return ends it
     */
    AutoCloseable gauge(String name, String help, Supplier<Map<List<String>, Double>> values, String... labelNames);

    /**
     * A count that somebody else keeps and that is asked for whenever somebody collects; its name ends with {@code _total}. It may begin
     * anew at 0, as when what is counted was closed and opened.
     *
     * @param values as those of a {@link #gauge}
     * @return ends it
     */
    AutoCloseable total(String name, String help, Supplier<Map<List<String>, Double>> values, String... labelNames);

    /** Collects nothing. */
    Meters NONE = new Meters() {
        @Override
        public Counter counter(String name, String help, String... labelNames) {
            return (count, labelValues) -> {};
        }

        @Override
        public Histogram histogram(String name, String help, List<Double> bounds, String... labelNames) {
            return (value, labelValues) -> {};
        }

        @Override
        public AutoCloseable gauge(
                String name, String help, Supplier<Map<List<String>, Double>> values, String... labelNames) {
            return () -> {};
        }

        @Override
        public AutoCloseable total(
                String name, String help, Supplier<Map<List<String>, Double>> values, String... labelNames) {
            return () -> {};
        }
    };
}
