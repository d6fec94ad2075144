package dev.quoin.tools.command.lock;

import dev.quoin.admin.proto.BreakLockRequest;
import dev.quoin.admin.proto.ListLocksRequest;
import dev.quoin.admin.proto.LockInfo;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.Confirmation;
import dev.quoin.tools.command.DryRun;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.LockView;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quoin lock break}. */
@Command(
        name = "break",
        description = {
            "Take a lock from whoever holds it, with its sub-locks.",
            "The holder is told, its fencing token is worth nothing any more, the value block becomes invalid."
        },
        footer = {"  quoin lock break 17 --token 4711"})
final class BreakLock extends NodeCommand {

    @Parameters(index = "0", paramLabel = "ID", description = "The lock's number, as lock list shows it.")
    private long lock;

    @Option(
            names = "--token",
            paramLabel = "TOKEN",
            required = true,
            description = "The fencing token of the grant that is meant, as lock list shows it.")
    private long token;

    @Mixin
    private Confirmation confirmation = new Confirmation();

    @Mixin
    private DryRun dryRun = new DryRun();

    @Override
    protected void check() throws Fault {
        if (dryRun.asked()) {
            return;
        }
        confirmation.require(
                terminal(),
                "lock " + lock,
                Long.toString(lock),
                "Whoever holds lock " + lock + " loses it, and may have left half done what it guards.");
    }

    @Override
    protected int run(AdminClient client) throws Fault {
        if (token <= 0) {
            throw Fault.usage(
                    "lock " + lock, "token " + token + " found, a positive number expected", "quoin lock list");
        }
        if (dryRun.asked()) {
            LockInfo held =
                    ask(client, stub -> stub.listLocks(ListLocksRequest.getDefaultInstance())).getLocksList().stream()
                            .filter(one -> one.getLock() == lock && one.getToken() == token)
                            .findFirst()
                            .orElseThrow(() -> Fault.notFound(
                                    "lock " + lock, "not held with token " + token + " (any more)", "quoin lock list"));
            dryRun.say(
                    terminal(),
                    "take lock " + lock + " on " + LockView.name(held) + ", held in " + held.getGranted() + ", from "
                            + held.getNode());
            return ExitCode.DONE.number();
        }
        var request =
                BreakLockRequest.newBuilder().setLock(lock).setToken(token).build();
        ask(client, stub -> stub.breakLock(request));
        terminal().out().println("lock " + lock + " broken");
        return ExitCode.DONE.number();
    }
}
