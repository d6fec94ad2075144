package dev.quoin.tools.command.lock;

import dev.quoin.admin.proto.AcquireLockRequest;
import dev.quoin.admin.proto.LockEvent;
import dev.quoin.admin.proto.LockInfo;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.output.Json;
import dev.quoin.tools.output.OutputFormat;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quoin lock acquire}. */
@Command(
        name = "acquire",
        description = {
            "Hold a lock until Ctrl-C, for a time, or while a command runs.",
            "The fencing token is printed, and given to the command in QUOIN_TOKEN. If the lock is lost, the command is stopped.",
            "Ends as the command ends; with 4 if the lock was not granted in time; with 1 if it was lost."
        },
        footer = {
            "  quoin lock acquire nightly-backup -- ./backup.sh",
            "  quoin lock acquire nightly-backup --for 10s",
            "  quoin lock acquire nightly-backup --mode PR --wait 5s --for 1m"
        })
final class AcquireLock extends NodeCommand {

    @Parameters(index = "0", paramLabel = "NAME", description = "The name of the lock, up to 64 bytes.")
    private String name = "";

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "COMMAND", description = "What to run, after --.")
    private List<String> command = List.of();

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            defaultValue = "EX",
            description = "NL, CR, CW, PR (shared), PW or EX (exclusive). Default: EX.")
    private String mode = "EX";

    @Option(names = "--for", paramLabel = "TIME", description = "How long to hold it.")
    private @Nullable Duration holdTime;

    @Option(
            names = "--wait",
            paramLabel = "TIME",
            description = "How long to wait for it. Default: as long as it takes.")
    private @Nullable Duration waitTime;

    @Override
    protected void check() throws Fault {
        if (!command.isEmpty() && holdTime != null) {
            throw Fault.usage("lock " + name, "both --for and a command found, one of them expected", "leave one out");
        }
    }

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = AcquireLockRequest.newBuilder()
                .setName(name)
                .setMode(mode.toUpperCase(Locale.ROOT))
                .setWaitMillis(waitTime == null ? 0 : waitTime.toMillis())
                .setClient("cli-" + ProcessHandle.current().pid())
                .build();
        return client.await(stub -> {
            BlockingClientCall<?, LockEvent> events = stub.acquireLock(request);
            try {
                long token = awaitGrant(events);
                return hold(events, token);
            } finally {
                events.cancel("released", null);
            }
        });
    }

    private long awaitGrant(BlockingClientCall<?, LockEvent> events) throws StatusException, InterruptedException {
        for (LockEvent event = events.read(); event != null; event = events.read()) {
            switch (event.getEventCase()) {
                case GRANTED -> {
                    long token = event.getGranted().getToken();
                    granted(token);
                    return token;
                }
                case WAITING -> waiting(event.getWaiting().getHoldersList());
                case LOST, EVENT_NOT_SET -> {
                    // A lock that was not granted cannot be lost; what follows says how it ended.
                }
            }
        }
        throw new IllegalStateException("the node ended the call without a grant and without a reason");
    }

    private int hold(BlockingClientCall<?, LockEvent> events, long token) throws InterruptedException {
        var lock = new HeldLock(name, events);
        if (!command.isEmpty()) {
            return lock.holdWhile(command, token, terminal());
        }
        return lock.holdFor(holdTime, terminal()).number();
    }

    private void granted(long token) {
        if (format() == OutputFormat.JSON) {
            terminal()
                    .out()
                    .println(Json.line(Json.document("LockGrant")
                            .put("lock", name)
                            .put("mode", mode.toUpperCase(Locale.ROOT))
                            .put("token", token)));
        } else {
            terminal()
                    .out()
                    .println(
                            "lock " + name + ": " + mode.toUpperCase(Locale.ROOT) + " granted, fencing token " + token);
        }
        terminal().out().flush();
    }

    private void waiting(List<LockInfo> holders) {
        String who = holders.stream()
                .map(holder -> holder.getNode() + " (" + holder.getGranted() + ")")
                .collect(Collectors.joining(", "));
        terminal().err().println("lock " + name + ": waiting, held by " + who);
    }
}
