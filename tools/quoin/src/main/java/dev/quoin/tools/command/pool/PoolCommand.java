package dev.quoin.tools.command.pool;

import dev.quoin.tools.command.GroupCommand;
import picocli.CommandLine.Command;

/** The noun {@code pool}. */
@Command(
        name = "pool",
        description = "Pools: the space of arrays from which volumes take theirs.",
        subcommands = {ListPools.class, SetPool.class, GrowPool.class},
        footer = {
            "  quoin pool list                  how much of each is in use",
            "  quoin pool set main --warn-at 70 warn the users of its volumes earlier",
            "  quoin pool grow main             use the room that its array has got"
        })
public final class PoolCommand extends GroupCommand {}
