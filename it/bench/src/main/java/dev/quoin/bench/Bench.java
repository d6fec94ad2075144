package dev.quoin.bench;

import dev.quoin.bench.iscsi.IscsiArea;
import dev.quoin.bench.locks.LocksArea;
import dev.quoin.bench.raid.RaidArea;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** The bench command: {@code bench list}, {@code bench [-r N] AREA [MEASURE...]}. */
public final class Bench {

    private static final String USAGE = """
            usage: ./bench list                     what can be measured
                   ./bench [-r N] AREA [MEASURE...] measures all of an area, or some figures, N times (default %d)
            """.formatted(Harness.ROUNDS_DEFAULT);

    private static final List<Area> AREAS = List.of(new IscsiArea(), new LocksArea(), new RaidArea());

    private Bench() {}

    /** Exit status 0: all was measured; 1: something was not; 2: wrong usage. */
    public static void main(String[] arguments) {
        System.exit(run(List.of(arguments), AREAS, System.out, System.err));
    }

    static int run(List<String> arguments, List<Area> areas, PrintStream results, PrintStream progress) {
        List<String> names = new ArrayList<>();
        int rounds = Harness.ROUNDS_DEFAULT;
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (argument.equals("-r")) {
                i++;
                rounds = i < arguments.size() ? rounds(arguments.get(i)) : 0;
                if (rounds == 0) {
                    progress.println("bench: -r needs a number from 1 to " + Harness.ROUNDS_MAX);
                    return 2;
                }
            } else {
                names.add(argument);
            }
        }
        if (names.equals(List.of("list"))) {
            list(areas, results);
            return 0;
        }
        if (names.isEmpty()) {
            progress.print(USAGE);
            return 2;
        }
        Area area = areas.stream()
                .filter(known -> known.name().equals(names.getFirst()))
                .findFirst()
                .orElse(null);
        if (area == null) {
            progress.println("bench: area '" + names.getFirst() + "' found, one of "
                    + areas.stream().map(Area::name).toList() + " expected");
            return 2;
        }
        List<Measure> measures = area.measures();
        List<String> wanted = names.subList(1, names.size());
        if (!wanted.isEmpty()) {
            List<String> known = measures.stream().map(Measure::name).toList();
            for (String name : wanted) {
                if (!known.contains(name)) {
                    progress.println("bench: measure '" + name + "' found, one of " + known + " expected");
                    return 2;
                }
            }
            measures = measures.stream()
                    .filter(measure -> wanted.contains(measure.name()))
                    .toList();
        }
        return new Harness(rounds, results, progress).run(area, measures, new Programs(progress)) ? 0 : 1;
    }

    private static int rounds(String text) {
        try {
            int rounds = Integer.parseInt(text);
            return rounds >= 1 && rounds <= Harness.ROUNDS_MAX ? rounds : 0;
        } catch (NumberFormatException notANumber) {
            return 0;
        }
    }

    private static void list(List<Area> areas, PrintStream results) {
        for (Area area : areas) {
            for (Measure measure : area.measures()) {
                results.printf("%-32s %-10s %s%n", area.name() + "/" + measure.name(), measure.unit(), measure.what());
            }
        }
    }
}
