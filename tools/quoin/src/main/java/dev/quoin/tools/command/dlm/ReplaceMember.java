package dev.quoin.tools.command.dlm;

import dev.quoin.admin.proto.DlmMember;
import dev.quoin.admin.proto.ReplacePeerRequest;
import dev.quoin.admin.proto.ShowDlmRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.Confirmation;
import dev.quoin.tools.command.DryRun;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.DlmView;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quoin dlm replace}. */
@Command(
        name = "replace",
        description = {"Put a new peer in the place of another in one step."},
        footer = {"  quoin dlm replace c d --peer-address host4:7001 --client-address host4:7002 --yes"})
final class ReplaceMember extends NodeCommand {

    @Parameters(index = "0", paramLabel = "OLD", description = "The peer that goes.")
    private String old = "";

    @Parameters(
            index = "1",
            paramLabel = "NEW",
            description = "The name of the new one, which runs, empty and set to join.")
    private String id = "";

    @Option(
            names = "--peer-address",
            paramLabel = "HOST:PORT",
            required = true,
            description = "Where the other peers reach it.")
    private String peerAddress = "";

    @Option(
            names = "--client-address",
            paramLabel = "HOST:PORT",
            required = true,
            description = "Where clients reach it; more than once for networks that fail apart from each other.")
    private List<String> clientAddresses = List.of();

    @Option(names = "--witness", description = "It votes, but serves no clients.")
    private boolean witness;

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
                "peer " + old,
                old,
                "Peer " + old + " votes no more and must not be started again as it is.");
    }

    @Override
    protected int run(AdminClient client) throws Fault {
        if (dryRun.asked()) {
            List<String> members =
                    ask(client, stub -> stub.showDlm(ShowDlmRequest.getDefaultInstance())).getPeersList().stream()
                            .map(peer -> peer.getMember().getId())
                            .toList();
            if (!members.contains(old)) {
                throw Fault.notFound("peer " + old, "not a member, those are " + members, "quoin dlm members");
            }
            dryRun.say(terminal(), "put peer " + id + " in the place of peer " + old + " of " + members);
            return ExitCode.DONE.number();
        }
        var request = ReplacePeerRequest.newBuilder()
                .setOld(old)
                .setNew(DlmMember.newBuilder()
                        .setId(id)
                        .setPeerAddress(peerAddress)
                        .addAllClientAddresses(clientAddresses)
                        .setWitness(witness)
                        .build())
                .build();
        DlmView.print(terminal(), format(), client.await(stub -> stub.replacePeer(request)));
        return ExitCode.DONE.number();
    }
}
