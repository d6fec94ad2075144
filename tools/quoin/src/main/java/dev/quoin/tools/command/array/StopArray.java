package dev.quoin.tools.command.array;

import dev.quoin.admin.proto.StopArrayRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.output.Json;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code quoin array stop}. */
@Command(
        name = "stop",
        description = {
            "Close an array and the pool on it, so that its devices can be taken away. It stays so over a restart.",
            "Refused while a volume on it is exported or open as a file system."
        },
        footer = {"  quoin array stop main", "  quoin array assemble main     start it again"})
final class StopArray extends NodeCommand {

    @Parameters(paramLabel = "ARRAY", description = "The name of the array.")
    private String array = "";

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = StopArrayRequest.newBuilder().setArray(array).build();
        ask(client, stub -> stub.stopArray(request));
        terminal()
                .out()
                .println(
                        switch (format()) {
                            case TABLE -> "array " + array + ": stopped; quoin array assemble " + array + " starts it";
                            case JSON -> Json.line(Json.document("ArrayStopped").put("name", array));
                        });
        return ExitCode.DONE.number();
    }
}
