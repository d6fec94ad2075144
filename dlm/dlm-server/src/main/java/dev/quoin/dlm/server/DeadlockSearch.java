package dev.quoin.dlm.server;

import dev.quoin.dlm.core.Command;
import dev.quoin.dlm.proto.BreakDeadlock;
import dev.quoin.dlm.proto.LogCommand;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for requests that wait for each other, at the leader. What it finds is only proposed: whether the cycle still stands, and
 * who of it is refused, is decided where the log is applied, the same at all peers.
 */
final class DeadlockSearch {

    private static final Logger LOG = LoggerFactory.getLogger(DeadlockSearch.class);

    private final Duration wait;
    private final Function<Duration, List<Command.BreakDeadlock>> find;
    private final Consumer<LogCommand> propose;

    /**
     * Makes a search.
     *
     * @param wait how long a request waits at least before it is looked at
     * @param find the requests that have waited so long and are in a cycle
     */
    DeadlockSearch(Duration wait, Function<Duration, List<Command.BreakDeadlock>> find, Consumer<LogCommand> propose) {
        this.wait = wait;
        this.find = find;
        this.propose = propose;
    }

    /** Looks once. */
    void run() {
        for (Command.BreakDeadlock found : find.apply(wait)) {
            LOG.info("deadlock found lock={} ticket={}", found.lock(), found.ticket());
            propose.accept(LogCommand.newBuilder()
                    .setBreakDeadlock(
                            BreakDeadlock.newBuilder().setLock(found.lock()).setTicket(found.ticket()))
                    .build());
        }
    }
}
