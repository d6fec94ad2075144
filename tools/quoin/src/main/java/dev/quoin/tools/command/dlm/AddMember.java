package dev.quoin.tools.command.dlm;

import dev.quoin.admin.proto.DlmMember;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.DlmView;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quoin dlm add}. */
@Command(
        name = "add",
        description = {"Add a peer that runs, empty and set to join.", "Returns when it has caught up and votes."},
        footer = {"  quoin dlm add d --peer-address host4:7001 --client-address host4:7002"})
final class AddMember extends NodeCommand {

    @Parameters(index = "0", paramLabel = "PEER", description = "Its name.")
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

    @Override
    protected int run(AdminClient client) throws Fault {
        DlmMember added = DlmMember.newBuilder()
                .setId(id)
                .setPeerAddress(peerAddress)
                .addAllClientAddresses(clientAddresses)
                .setWitness(witness)
                .build();
        DlmView.print(terminal(), format(), client.await(stub -> stub.addPeer(added)));
        return ExitCode.DONE.number();
    }
}
