package dev.quoin.tools.command.session;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quoin.admin.proto.ListLocksRequest;
import dev.quoin.admin.proto.ListSessionsRequest;
import dev.quoin.admin.proto.LockInfo;
import dev.quoin.admin.proto.SessionInfo;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.output.Json;
import dev.quoin.tools.view.LockView;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code quoin session show}. */
@Command(
        name = "show",
        description = {"Show a session and its locks."},
        footer = {"  quoin session show 12"})
final class ShowSession extends NodeCommand {

    @Parameters(index = "0", paramLabel = "SESSION", description = "The session's number.")
    private long session;

    @Override
    protected int run(AdminClient client) throws Fault {
        SessionInfo found =
                ask(client, stub -> stub.listSessions(ListSessionsRequest.getDefaultInstance()))
                        .getSessionsList()
                        .stream()
                        .filter(one -> one.getSession() == session)
                        .findFirst()
                        .orElseThrow(() -> Fault.notFound(
                                "session " + session,
                                "no such session, or it left nothing behind",
                                "quoin session list"));
        List<LockInfo> locks =
                ask(client, stub -> stub.listLocks(ListLocksRequest.getDefaultInstance())).getLocksList().stream()
                        .filter(lock -> lock.getSession() == session)
                        .toList();
        switch (format()) {
            case TABLE -> {
                terminal().out().print(LockView.SESSIONS.detail(found));
                if (!locks.isEmpty()) {
                    terminal().out().print("\n" + LockView.LOCKS.table(locks));
                }
            }
            case JSON -> {
                ObjectNode document = LockView.SESSIONS.document(found);
                document.set("held", LockView.LOCKS.array(locks));
                terminal().out().println(Json.pretty(document));
            }
        }
        return ExitCode.DONE.number();
    }
}
