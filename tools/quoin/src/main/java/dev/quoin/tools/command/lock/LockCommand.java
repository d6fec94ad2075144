package dev.quoin.tools.command.lock;

import dev.quoin.tools.command.GroupCommand;
import picocli.CommandLine.Command;

/** The noun {@code lock}. */
@Command(
        name = "lock",
        description = "Locks: see who holds them, hold one yourself.",
        subcommands = {
            ListLocks.class,
            ShowLock.class,
            ListWaiters.class,
            ListDeadlocks.class,
            AcquireLock.class,
            BreakLock.class
        },
        footer = {
            "  quoin lock list",
            "  quoin lock acquire nightly-backup -- ./backup.sh     run it on one machine at a time"
        })
public final class LockCommand extends GroupCommand {}
