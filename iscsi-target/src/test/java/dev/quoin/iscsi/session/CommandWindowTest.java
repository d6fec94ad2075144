package dev.quoin.iscsi.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.iscsi.session.CommandWindow.Verdict;
import org.junit.jupiter.api.Test;

/** Proves which command numbers are taken, also over the wrap, and that no more commands are open than the window is wide. */
class CommandWindowTest {

    @Test
    void commands_fillTheWindow_andNotMore() {
        CommandWindow window = new CommandWindow(0xFFFF_FFFE, 4);
        assertThat(window.max()).isEqualTo(1);
        for (int sn = 0xFFFF_FFFE; sn != 2; sn++) {
            assertThat(window.receive(sn)).isEqualTo(Verdict.NEXT);
        }
        assertThat(window.expected()).isEqualTo(2);
        assertThat(window.max()).isEqualTo(1);
        assertThat(window.receive(2)).isEqualTo(Verdict.IGNORE);
        window.end();
        assertThat(window.max()).isEqualTo(2);
        assertThat(window.receive(2)).isEqualTo(Verdict.NEXT);
        window.endHere();
        assertThat(window.max()).isEqualTo(3);
    }

    @Test
    void numbersOutsideTheWindow_areIgnored_andInsideItAGap() {
        CommandWindow window = new CommandWindow(10, 4);
        assertThat(window.receive(9)).isEqualTo(Verdict.IGNORE);
        assertThat(window.receive(14)).isEqualTo(Verdict.IGNORE);
        assertThat(window.receive(11)).isEqualTo(Verdict.GAP);
        assertThat(window.receive(13)).isEqualTo(Verdict.GAP);
        assertThat(window.receive(10)).isEqualTo(Verdict.NEXT);
        assertThat(window.receive(10)).isEqualTo(Verdict.IGNORE);
    }
}
