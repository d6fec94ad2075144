package dev.quoin.tools.metrics;

import dev.quoin.metrics.Meters;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Collects for Prometheus. Any thread may use it. */
public final class PrometheusMeters implements Meters {

    /** What the text is, for HTTP. */
    static final String CONTENT_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final Map<String, io.prometheus.metrics.core.metrics.Counter> counters = new ConcurrentHashMap<>();
    private final Map<String, io.prometheus.metrics.core.metrics.Histogram> histograms = new ConcurrentHashMap<>();
    private final Map<String, List<Supplier<Map<List<String>, Double>>>> asked = new ConcurrentHashMap<>();

    /** Also tells which build this is. */
    public PrometheusMeters(String version) {
        GaugeWithCallback.builder()
                .name("quoin_build_info")
                .help("1, with the version of the program.")
                .labelNames("version")
                .callback(callback -> callback.call(1, version))
                .register(registry);
    }

    @Override
    public Counter counter(String name, String help, String... labelNames) {
        io.prometheus.metrics.core.metrics.Counter counter = counters.computeIfAbsent(
                name,
                n -> io.prometheus.metrics.core.metrics.Counter.builder()
                        .name(n)
                        .help(help)
                        .labelNames(labelNames)
                        .register(registry));
        return (count, labelValues) -> counter.labelValues(labelValues).inc(count);
    }

    @Override
    public Histogram histogram(String name, String help, List<Double> bounds, String... labelNames) {
        io.prometheus.metrics.core.metrics.Histogram histogram = histograms.computeIfAbsent(
                name,
                n -> io.prometheus.metrics.core.metrics.Histogram.builder()
                        .name(n)
                        .help(help)
                        .classicOnly()
                        .classicUpperBounds(
                                bounds.stream().mapToDouble(Double::doubleValue).toArray())
                        .labelNames(labelNames)
                        .register(registry));
        return (value, labelValues) -> histogram.labelValues(labelValues).observe(value);
    }

    @Override
    public AutoCloseable gauge(
            String name, String help, Supplier<Map<List<String>, Double>> values, String... labelNames) {
        return asked(
                name,
                values,
                all -> GaugeWithCallback.builder()
                        .name(name)
                        .help(help)
                        .labelNames(labelNames)
                        .callback(callback -> collect(all, callback::call))
                        .register(registry));
    }

    @Override
    public AutoCloseable total(
            String name, String help, Supplier<Map<List<String>, Double>> values, String... labelNames) {
        return asked(
                name,
                values,
                all -> CounterWithCallback.builder()
                        .name(name)
                        .help(help)
                        .labelNames(labelNames)
                        .callback(callback -> collect(all, callback::call))
                        .register(registry));
    }

    /** Registers a name when it is used first. */
    private AutoCloseable asked(
            String name,
            Supplier<Map<List<String>, Double>> values,
            Consumer<List<Supplier<Map<List<String>, Double>>>> register) {
        List<Supplier<Map<List<String>, Double>>> suppliers = asked.computeIfAbsent(name, n -> {
            List<Supplier<Map<List<String>, Double>>> all = new CopyOnWriteArrayList<>();
            register.accept(all);
            return all;
        });
        suppliers.add(values);
        return () -> suppliers.remove(values);
    }

    @FunctionalInterface
    private interface Collector {
        void collect(double value, String... labelValues);
    }

    private static void collect(List<Supplier<Map<List<String>, Double>>> all, Collector collector) {
        all.forEach(supplier ->
                supplier.get().forEach((labels, value) -> collector.collect(value, labels.toArray(String[]::new))));
    }

    /** Writes all in Prometheus' text format. */
    void writeTo(OutputStream out) throws IOException {
        PrometheusTextFormatWriter.create().write(out, registry.scrape());
    }
}
