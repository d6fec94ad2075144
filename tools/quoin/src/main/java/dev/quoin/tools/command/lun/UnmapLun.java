package dev.quoin.tools.command.lun;

import dev.quoin.admin.proto.UnmapLunRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.Confirmation;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.TargetView;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code quoin lun unmap}. */
@Command(
        name = "unmap",
        description = "Show a number no more. Waits for commands under way; the volume and all that is on it stay.",
        footer = "  quoin lun unmap iqn.2026-11.org.example:web 0 --yes")
final class UnmapLun extends LunCall {

    @Mixin
    private Confirmation confirmation = new Confirmation();

    @Override
    protected void check() throws Fault {
        super.check();
        confirmation.require(
                terminal(), object(), target(), "Initiators that use " + object() + " will lose that disk.");
    }

    @Override
    protected int run(AdminClient client) throws Fault {
        var request =
                UnmapLunRequest.newBuilder().setTarget(target()).setLun(lun()).build();
        TargetView.print(terminal(), format(), ask(client, stub -> stub.unmapLun(request)));
        return ExitCode.DONE.number();
    }
}
