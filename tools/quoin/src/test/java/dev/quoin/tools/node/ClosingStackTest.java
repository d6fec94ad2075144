package dev.quoin.tools.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Proves that everything opened is closed in reverse order, whatever one part does, and within its time. */
class ClosingStackTest {

    private final List<String> closed = Collections.synchronizedList(new ArrayList<>());

    @Test
    void parts_areClosed_inReverseOrder_once() {
        var stack = new ClosingStack(Duration.ofSeconds(10));
        for (String name : List.of("a", "b", "c")) {
            stack.add(name, () -> closed.add(name));
        }

        stack.close();
        stack.close();

        assertThat(closed).containsExactly("c", "b", "a");
    }

    @Test
    void partThatFails_doesNotStopTheOthers() {
        var stack = new ClosingStack(Duration.ofSeconds(10));
        stack.add("first", () -> closed.add("first"));
        stack.add("bad", () -> {
            throw new IOException("on purpose");
        });

        stack.close();

        assertThat(closed).containsExactly("first");
    }

    @Test
    void partThatHangs_isLeftBehind() {
        var stack = new ClosingStack(Duration.ofMillis(50));
        var never = new CountDownLatch(1);
        stack.add("first", () -> closed.add("first"));
        stack.add("hanging", never::await);

        stack.close();

        assertThat(closed).containsExactly("first");
        never.countDown();
    }

    @Test
    void interruptedThread_stillClosesAll() {
        var stack = new ClosingStack(Duration.ofSeconds(10));
        stack.add("first", () -> closed.add("first"));
        stack.add("second", () -> closed.add("second"));

        Thread.currentThread().interrupt();
        stack.close();

        assertThat(Thread.interrupted()).isTrue();
        assertThat(closed).containsExactly("second", "first");
    }
}
