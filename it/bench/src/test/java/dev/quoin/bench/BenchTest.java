package dev.quoin.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Proves that the command lets contestants take turns, prints one line a measure, and says by its status what went wrong. */
class BenchTest {

    private static final Measure FAST = new Measure("fast", "IOPS", Better.HIGHER, "how fast");
    private static final Measure CHEAP = new Measure("cheap", "us/op", Better.LOWER, "how cheap");

    private final ByteArrayOutputStream results = new ByteArrayOutputStream();
    private final ByteArrayOutputStream progress = new ByteArrayOutputStream();
    private final List<String> calls = new ArrayList<>();

    /** An area whose contestants give the figures that they were made with. */
    private static final class Scripted implements Area {
        private final List<Contestant> contestants;
        private Path directory;

        Scripted(Contestant... contestants) {
            this.contestants = List.of(contestants);
            this.directory = Path.of("");
        }

        @Override
        public String name() {
            return "scripted";
        }

        @Override
        public List<Measure> measures() {
            return List.of(FAST, CHEAP);
        }

        @Override
        public List<Contestant> open(Path at, Programs programs) {
            directory = at;
            assertThat(at).isEmptyDirectory();
            return contestants;
        }
    }

    private Contestant contestant(String name, Double... figures) {
        Iterator<Double> script = List.of(figures).iterator();
        return new Contestant() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public void warmUp(Measure measure) {
                calls.add("warm " + name);
            }

            @Override
            public double run(Measure measure) throws BenchException {
                if (!script.hasNext()) {
                    throw new BenchException(name + " fell over");
                }
                calls.add(name);
                return script.next();
            }

            @Override
            public void close() {
                calls.add("close " + name);
            }
        };
    }

    @Test
    void measure_withAPeer_takesTurnsInReversedOrder_andPrintsOneLine() {
        Scripted area = new Scripted(contestant("quoin", 10.0, 30.0, 20.0), contestant("peer", 5.0, 4.0, 100.0));

        int status = run(area, "-r", "3", "scripted", "fast");

        assertThat(status).isZero();
        assertThat(results()).containsExactly("BENCH scripted/fast IOPS quoin=20.0 peer=5.00 ratio=4.00 runs=3");
        assertThat(calls)
                .containsExactly(
                        "warm quoin",
                        "warm peer",
                        "quoin",
                        "peer",
                        "peer",
                        "quoin",
                        "quoin",
                        "peer",
                        "close peer",
                        "close quoin");
        assertThat(Files.exists(area.directory)).isFalse();
    }

    @Test
    void measure_withoutAPeer_printsOwnFiguresOnly() {
        assertThat(run(new Scripted(contestant("quoin", 1.0, 2.0)), "scripted", "cheap", "-r", "2"))
                .isZero();
        assertThat(results()).containsExactly("BENCH scripted/cheap us/op quoin=1.50 runs=2");
    }

    @Test
    void area_oneMeasureFails_measuresTheOthers_andSaysSo() {
        Scripted area = new Scripted(contestant("quoin", 1.0, 2.0), contestant("peer", 1.0));

        int status = run(area, "-r", "1", "scripted");

        assertThat(status).isEqualTo(1);
        assertThat(results()).hasSize(1);
        assertThat(progress.toString(StandardCharsets.UTF_8)).contains("FAILED scripted/cheap: peer fell over");
        assertThat(calls).endsWith("close peer", "close quoin");
    }

    @Test
    void list_namesEachMeasure() {
        assertThat(run(new Scripted(), "list")).isZero();
        assertThat(results())
                .hasSize(2)
                .first()
                .asString()
                .startsWith("scripted/fast")
                .endsWith("how fast");
    }

    @Test
    void usage_wrong_isStatusTwo_andNamesWhatThereIs() {
        Scripted area = new Scripted();
        assertThat(run(area)).isEqualTo(2);
        assertThat(run(area, "tapes")).isEqualTo(2);
        assertThat(run(area, "scripted", "slow")).isEqualTo(2);
        assertThat(run(area, "-r", "0", "scripted")).isEqualTo(2);
        assertThat(run(area, "-r", "many", "scripted")).isEqualTo(2);
        assertThat(run(area, "-r")).isEqualTo(2);
        assertThat(run(area, "scripted", "fast", "more")).isEqualTo(2);
        assertThat(progress.toString(StandardCharsets.UTF_8))
                .contains(
                        "usage:",
                        "area 'tapes' found, one of [scripted]",
                        "measure 'slow' found, one of [fast, cheap]");
        assertThat(results()).isEmpty();
    }

    private int run(Area area, String... arguments) {
        return Bench.run(List.of(arguments), List.of(area), print(results), print(progress));
    }

    private List<String> results() {
        return results.toString(StandardCharsets.UTF_8).lines().toList();
    }

    private static PrintStream print(ByteArrayOutputStream out) {
        return new PrintStream(out, true, StandardCharsets.UTF_8);
    }
}
