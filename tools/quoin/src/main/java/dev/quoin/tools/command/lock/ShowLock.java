package dev.quoin.tools.command.lock;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quoin.admin.proto.ListLocksRequest;
import dev.quoin.admin.proto.ListRangesRequest;
import dev.quoin.admin.proto.LockInfo;
import dev.quoin.admin.proto.RangeInfo;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.output.Json;
import dev.quoin.tools.view.LockView;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quoin lock show}. */
@Command(
        name = "show",
        description = {"Show all that is known of one lock: who holds it, who waits, sub-locks, byte ranges."},
        footer = {"  quoin lock show nightly-backup", "  quoin lock show --space clusterfs/1f2e 0x0c"})
final class ShowLock extends NodeCommand {

    @Parameters(index = "0", paramLabel = "NAME", description = "The name of the lock, as lock list shows it.")
    private String name = "";

    @Option(
            names = "--space",
            paramLabel = "NAME",
            description = "Its lockspace. Default: cli, that of quoin lock acquire.")
    private String space = "cli";

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = ListLocksRequest.newBuilder().setLockspace(space).build();
        List<LockInfo> locks = ask(client, stub -> stub.listLocks(request)).getLocksList().stream()
                .filter(lock ->
                        LockView.name(lock).equals(name) || LockView.name(lock).startsWith(name + "/"))
                .toList();
        var rangesOf = ListRangesRequest.newBuilder()
                .setLockspace(space)
                .setResource(name)
                .build();
        List<RangeInfo> ranges = ask(client, stub -> stub.listRanges(rangesOf)).getRangesList();
        if (locks.isEmpty() && ranges.isEmpty()) {
            throw Fault.notFound(
                    "lock " + name, "nobody holds it or waits for it in lockspace " + space, "quoin lock list");
        }
        switch (format()) {
            case TABLE -> {
                terminal().out().print(LockView.LOCKS.table(locks));
                if (!ranges.isEmpty()) {
                    terminal().out().print("\n" + LockView.RANGES.table(ranges));
                }
            }
            case JSON -> {
                ObjectNode document = LockView.LOCKS.document(locks);
                document.set("ranges", LockView.RANGES.array(ranges));
                terminal().out().println(Json.pretty(document));
            }
        }
        return ExitCode.DONE.number();
    }
}
