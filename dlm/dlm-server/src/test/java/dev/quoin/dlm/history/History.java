package dev.quoin.dlm.history;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What processes of callers saw, and whether it may have been so. */
public final class History {

    /** The class with the main method of such a process. */
    public static final String CLIENT = HistoryClient.class.getName();

    /**
     * What came out.
     *
     * @param counts of operations by kind
     * @param undecided resources of which the order could not be looked for to the end
     * @param faults in words; none if all may have been so
     */
    public record Judgement(Map<String, Integer> counts, List<String> undecided, List<String> faults) {}

    private History() {}

    /** Judges what the processes have written down. */
    public static Judgement judge(List<Path> files, long limitNanosEach) throws IOException {
        Map<String, List<Op>> byResource = new TreeMap<>();
        Map<String, Integer> counts = new TreeMap<>();
        for (Path file : files) {
            for (String line : Files.readAllLines(file)) {
                Op op = Op.parse(line);
                byResource
                        .computeIfAbsent(op.resource(), resource -> new ArrayList<>())
                        .add(op);
                counts.merge(op.what().getClass().getSimpleName() + (op.isKnown() ? "" : " unknown"), 1, Integer::sum);
            }
        }
        List<String> faults = new ArrayList<>();
        List<String> undecided = new ArrayList<>();
        byResource.forEach((resource, ops) -> {
            boolean lock = resource.startsWith("lock");
            if (lock) {
                faults.addAll(Intervals.wrong(ops));
            }
            Linearizability.Verdict verdict = lock
                    ? Linearizability.check(ops, new Model.Lock(), limitNanosEach)
                    : Linearizability.check(ops, new Model.Register(), limitNanosEach);
            switch (verdict) {
                case Linearizability.Verdict.Possible() -> {}
                case Linearizability.Verdict.Undecided() -> undecided.add(resource);
                case Linearizability.Verdict.Impossible(List<Op> longest, List<Op> stuck) ->
                    faults.add(resource + ": no order found beyond\n"
                            + lines(longest.subList(Math.max(0, longest.size() - 10), longest.size()))
                            + "next could not be any of\n" + lines(stuck));
            }
        });
        return new Judgement(counts, undecided, faults);
    }

    private static String lines(List<Op> ops) {
        StringBuilder text = new StringBuilder();
        ops.forEach(op -> text.append("  ").append(op.line()).append('\n'));
        return text.toString();
    }
}
