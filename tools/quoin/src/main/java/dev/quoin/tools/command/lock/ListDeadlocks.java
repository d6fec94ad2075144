package dev.quoin.tools.command.lock;

import dev.quoin.admin.proto.ListDeadlocksRequest;
import dev.quoin.admin.proto.LockCycle;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.output.Json;
import dev.quoin.tools.output.Listing;
import dev.quoin.tools.view.LockView;
import java.util.List;
import picocli.CommandLine.Command;

/** {@code quoin lock deadlocks}. */
@Command(
        name = "deadlocks",
        description = {
            "List requests that wait for each other, cycle by cycle.",
            "Ends with 0 if there is none, with 6 if there are some. The lock manager breaks them by itself after a moment."
        },
        footer = {"  quoin lock deadlocks"})
final class ListDeadlocks extends NodeCommand {

    private static final Listing<LockCycle> CYCLES =
            Listing.<LockCycle>of("Deadlock").parts("", "waits", LockView.WAITS, LockCycle::getWaitsList, cycle -> "");

    @Override
    protected int run(AdminClient client) throws Fault {
        List<LockCycle> cycles = ask(client, stub -> stub.listDeadlocks(ListDeadlocksRequest.getDefaultInstance()))
                .getCyclesList();
        switch (format()) {
            case TABLE -> {
                terminal().out().println(cycles.size() + (cycles.size() == 1 ? " deadlock" : " deadlocks"));
                cycles.forEach(cycle -> terminal().out().print("\n" + LockView.WAITS.table(cycle.getWaitsList())));
            }
            case JSON -> terminal().out().println(Json.pretty(CYCLES.document(cycles)));
        }
        return (cycles.isEmpty() ? ExitCode.DONE : ExitCode.CRITICAL).number();
    }
}
