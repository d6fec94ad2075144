package dev.quoin.tools.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Proves that progress is a bar in one line for a person, a line at each tenth for a log, and JSON lines for a program. */
class ProgressPrinterTest {

    private final AtomicLong clock = new AtomicLong();

    @Test
    void bar_halfWay_showsShareSpeedAndTimeLeft() {
        assertThat(ProgressBar.bar("rebuild main", 0, 512L << 20, 1L << 30, Duration.ofSeconds(4)))
                .isEqualTo("rebuild main [===============>              ]  50 %  128 MiB/s  4.0 s left");
    }

    @Test
    void bar_ofAWorkThatGoesOn_countsItsSpeedFromWhereItWas() {
        assertThat(ProgressBar.bar("scrub main", 256L << 20, 512L << 20, 1L << 30, Duration.ofSeconds(2)))
                .endsWith(" 50 %  128 MiB/s  4.0 s left");
    }

    @Test
    void bar_done_isFullAndHasNoTimeLeft() {
        assertThat(ProgressBar.bar("scrub main", 0, 1L << 30, 1L << 30, Duration.ofSeconds(2)))
                .isEqualTo("scrub main [==============================] 100 %  512 MiB/s");
    }

    @Test
    void bar_ofUnknownTotal_isEmpty() {
        assertThat(ProgressBar.bar("scrub main", 0, 5, 0, Duration.ZERO))
                .isEqualTo("scrub main [>                             ]   0 %");
    }

    @Test
    void script_getsALine_atEachTenth() {
        FakeTerminal script = FakeTerminal.script();
        run(new ProgressPrinter(script.terminal(), OutputFormat.TABLE, "rebuild main", clock::get));

        assertThat(script.out().lines()).hasSize(11);
        assertThat(script.out()).doesNotContain("\r");
        assertThat(script.out().lines().toList().getLast()).startsWith("rebuild main 100 %");
    }

    @Test
    void person_getsOneLine_drawnAnew() {
        FakeTerminal person = new FakeTerminal("", true, Map.of());
        run(new ProgressPrinter(person.terminal(), OutputFormat.TABLE, "rebuild main", clock::get));

        assertThat(person.out()).endsWith(System.lineSeparator());
        assertThat(person.out().chars().filter(c -> c == '\r').count()).isGreaterThan(10);
        assertThat(person.out().chars().filter(c -> c == '\n').count()).isEqualTo(1);
    }

    @Test
    void program_getsJson_atEachTenth() {
        FakeTerminal script = FakeTerminal.script();
        run(new ProgressPrinter(script.terminal(), OutputFormat.JSON, "rebuild main", clock::get));

        assertThat(script.out().lines()).hasSize(11);
        assertThat(script.out().lines().toList().get(1))
                .isEqualTo("{\"apiVersion\":\"quoin/v1\",\"kind\":\"Progress\",\"work\":\"rebuild main\","
                        + "\"doneBytes\":100,\"totalBytes\":1000}");
    }

    private void run(ProgressPrinter printer) {
        for (int done = 0; done <= 1_000; done += 10) {
            printer.update(done, 1_000);
            clock.addAndGet(50_000_000);
        }
        printer.finish();
        printer.finish();
    }
}
