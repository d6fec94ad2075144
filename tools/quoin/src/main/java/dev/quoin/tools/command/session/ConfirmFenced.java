package dev.quoin.tools.command.session;

import dev.quoin.admin.proto.ConfirmFencedRequest;
import dev.quoin.admin.proto.ListSessionsRequest;
import dev.quoin.admin.proto.SessionInfo;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.Confirmation;
import dev.quoin.tools.command.DryRun;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code quoin session fenced}. */
@Command(
        name = "fenced",
        description = {
            "Confirm that an ended session can no longer reach the storage, so that what waits for its fence is released.",
            "Do it only when its machine is off or cut off: otherwise it may still write."
        },
        footer = {"  quoin session fenced 12"})
final class ConfirmFenced extends NodeCommand {

    @Parameters(index = "0", paramLabel = "SESSION", description = "The session's number.")
    private long session;

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
                "session " + session,
                Long.toString(session),
                "If the machine of session " + session + " still reaches the storage, it and others may write over each"
                        + " other.");
    }

    @Override
    protected int run(AdminClient client) throws Fault {
        if (dryRun.asked()) {
            SessionInfo ended = ask(client, stub -> stub.listSessions(ListSessionsRequest.getDefaultInstance()))
                    .getSessionsList()
                    .stream()
                    .filter(one -> one.getSession() == session)
                    .findFirst()
                    .orElseThrow(() -> Fault.notFound(
                            "session " + session, "no such session, or it left nothing behind", "quoin session list"));
            if (ended.getState().equals("alive")) {
                throw Fault.usage(
                        "session " + session, "it is alive: only an ended session can be fenced", "quoin session list");
            }
            dryRun.say(
                    terminal(),
                    "record session " + session + " of " + ended.getNode() + " (" + ended.getState()
                            + ") as fenced and release what waits for it, of " + ended.getLocks() + " locks");
            return ExitCode.DONE.number();
        }
        var request = ConfirmFencedRequest.newBuilder().setSession(session).build();
        ask(client, stub -> stub.confirmFenced(request));
        terminal().out().println("session " + session + " recorded as fenced");
        return ExitCode.DONE.number();
    }
}
