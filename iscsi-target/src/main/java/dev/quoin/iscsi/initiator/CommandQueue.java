package dev.quoin.iscsi.initiator;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The commands of a device that wait to be sent, in their order. Any thread adds; who holds the link's lock takes. */
final class CommandQueue {

    /** The most commands that may wait: one more is refused as busy. */
    static final int WAITING_MAX = 16_384;

    private final ConcurrentLinkedDeque<Command> waiting = new ConcurrentLinkedDeque<>();
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicLong order = new AtomicLong();

    /** Adds a new command; false if there are too many. */
    boolean add(Command command) {
        if (count.incrementAndGet() > WAITING_MAX) {
            count.decrementAndGet();
            return false;
        }
        command.order(order.incrementAndGet());
        waiting.addLast(command);
        return true;
    }

    /** Puts commands that were sent in vain before all others, in their first order. */
    void addAgain(List<Command> commands) {
        List<Command> lastFirst = new ArrayList<>(commands);
        lastFirst.sort((a, b) -> Long.compare(b.order(), a.order()));
        for (Command command : lastFirst) {
            count.incrementAndGet();
            waiting.addFirst(command);
        }
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    @Nullable Command poll() {
        Command command = waiting.pollFirst();
        if (command != null) {
            count.decrementAndGet();
        }
        return command;
    }
}
