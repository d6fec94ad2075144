package dev.quoin.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Lets contestants take turns and prints the medians. Used by one thread. */
public final class Harness {

    /** How often each contestant is measured if nobody says otherwise. */
    public static final int ROUNDS_DEFAULT = 5;

    /** The most rounds. */
    public static final int ROUNDS_MAX = 1_000;

    private final int rounds;
    private final PrintStream results;
    private final PrintStream progress;

    /**
     * A harness.
     *
     * @param results gets the result lines and nothing else
     * @param progress gets what people like to see meanwhile
     */
    public Harness(int rounds, PrintStream results, PrintStream progress) {
        this.rounds = rounds;
        this.results = results;
        this.progress = progress;
    }

    /**
     * Measures.
     *
     * @param measures of the area
     * @return true if each was measured
     */
    public boolean run(Area area, List<Measure> measures, Programs programs) {
        List<Contestant> contestants = List.of();
        Path directory = null;
        boolean good = true;
        try {
            directory = Files.createTempDirectory("quoin-bench-");
            contestants = area.open(directory, programs);
            for (Measure measure : measures) {
                List<Contestant> those = contestants.stream()
                        .filter(contestant -> contestant.takesPart(measure))
                        .toList();
                good &= measure(area, measure, those);
            }
        } catch (BenchException | IOException failure) {
            progress.println("FAILED " + area.name() + ": " + failure.getMessage());
            good = false;
        } finally {
            contestants.reversed().forEach(Contestant::close);
            delete(directory);
        }
        return good;
    }

    /** Measures {@code contestants}, of which the first is Quoin, and prints a line for each other, or one without. */
    boolean measure(Area area, Measure measure, List<Contestant> contestants) {
        double[][] figures = new double[contestants.size()][rounds];
        try {
            for (Contestant contestant : contestants) {
                contestant.warmUp(measure);
            }
            for (int round = 0; round < rounds; round++) {
                for (int turn = 0; turn < contestants.size(); turn++) {
                    int who = round % 2 == 0 ? turn : contestants.size() - 1 - turn;
                    figures[who][round] = contestants.get(who).run(measure);
                    progress.printf(
                            "%s/%s round %d %s %s %s%n",
                            area.name(),
                            measure.name(),
                            round + 1,
                            contestants.get(who).name(),
                            Figures.number(figures[who][round]),
                            measure.unit());
                }
            }
        } catch (BenchException failure) {
            progress.println("FAILED " + area.name() + "/" + measure.name() + ": " + failure.getMessage());
            return false;
        }
        double own = Figures.median(figures[0]);
        if (contestants.size() == 1) {
            results.println(Figures.line(area.name(), measure, own, rounds));
        }
        for (int peer = 1; peer < contestants.size(); peer++) {
            String name = contestants.get(peer).name();
            results.println(Figures.line(area.name(), measure, own, name, Figures.median(figures[peer]), rounds));
        }
        return true;
    }

    private void delete(@Nullable Path directory) {
        if (directory == null) {
            return;
        }
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path path : new ArrayList<>(tree.toList()).reversed()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException failure) {
            progress.println("left behind: " + directory + ": " + failure.getMessage());
        }
    }
}
