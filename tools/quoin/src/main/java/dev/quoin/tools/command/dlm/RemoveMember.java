package dev.quoin.tools.command.dlm;

import dev.quoin.admin.proto.RemovePeerRequest;
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

/** {@code quoin dlm remove}. */
@Command(
        name = "remove",
        description = {"Remove a peer from the group."},
        footer = {"  quoin dlm remove c --yes"})
final class RemoveMember extends NodeCommand {

    @Parameters(index = "0", paramLabel = "PEER", description = "Its name.")
    private String id = "";

    @Option(names = "--force", description = "Also if those that stay cannot serve now.")
    private boolean force;

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
                "peer " + id,
                id,
                "Peer " + id
                        + " votes no more and must not be started again as it is; the others bear fewer failures.");
    }

    @Override
    protected int run(AdminClient client) throws Fault {
        if (dryRun.asked()) {
            List<String> members =
                    ask(client, stub -> stub.showDlm(ShowDlmRequest.getDefaultInstance())).getPeersList().stream()
                            .map(peer -> peer.getMember().getId())
                            .toList();
            if (!members.contains(id)) {
                throw Fault.notFound("peer " + id, "not a member, those are " + members, "quoin dlm members");
            }
            dryRun.say(terminal(), "remove peer " + id + " of " + members);
            return ExitCode.DONE.number();
        }
        var request = RemovePeerRequest.newBuilder().setId(id).setForce(force).build();
        DlmView.print(terminal(), format(), client.await(stub -> stub.removePeer(request)));
        return ExitCode.DONE.number();
    }
}
