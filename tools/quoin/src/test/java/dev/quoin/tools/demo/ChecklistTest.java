package dev.quoin.tools.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.output.FakeTerminal;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Proves that a list of steps says of each how it ended, and that one failure makes the whole fail. */
class ChecklistTest {

    private final FakeTerminal terminal = FakeTerminal.script();
    private final AtomicLong clock = new AtomicLong();
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final Checklist list = new Checklist(terminal.terminal(), clock::get, stopped::get);

    @Test
    void stepsThatHold_areListed_withTheirTimes() {
        list.step("first", () -> {
            clock.addAndGet(1_500_000_000);
            return "5 files";
        });
        list.step("second", () -> "");
        list.step("third", () -> {
            throw new Checklist.Skipped("no peer");
        });
        list.finish();

        assertThat(list.failure()).isNull();
        assertThat(terminal.out()).isEqualToNormalizingNewlines("""
                OK        1.5 s  first: 5 files
                OK        0.0 s  second
                SKIPPED   0.0 s  third: no peer
                demo check OK: 2 steps OK, 1 skipped, 1.5 s
                """);
    }

    @Test
    void stepThatFails_endsTheList() {
        list.step("first", () -> {
            throw new CheckFailure("a found, b expected");
        });
        list.step("second", () -> {
            throw new IllegalStateException("must not run");
        });
        list.finish();

        assertThat(list.failure()).isInstanceOf(CheckFailure.class);
        assertThat(terminal.out()).isEqualToNormalizingNewlines("""
                FAILED    0.0 s  first: a found, b expected
                NOT RUN          second
                demo check FAILED: 0 steps OK, 0.0 s
                """);
    }

    @Test
    void fault_isShown_withItsObject() {
        list.step("first", () -> {
            throw Fault.conflict("port 1", "busy", "free it");
        });

        assertThat(terminal.out()).contains("FAILED    0.0 s  first: port 1: busy");
    }

    @Test
    void listThatIsStopped_beginsNoFurtherStep_andFails() {
        list.step("first", () -> {
            stopped.set(true);
            return "";
        });
        list.step("second", () -> {
            throw new IllegalStateException("must not run");
        });
        list.finish();

        assertThat(list.failure()).hasMessage("stopped");
        assertThat(terminal.out()).contains("NOT RUN          second", "demo check FAILED: 1 steps OK");
    }
}
