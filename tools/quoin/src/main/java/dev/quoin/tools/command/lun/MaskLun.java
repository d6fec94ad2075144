package dev.quoin.tools.command.lun;

import dev.quoin.admin.proto.MaskLunRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.TargetView;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quoin lun mask}. */
@Command(
        name = "mask",
        description = "Show a number to these initiators only; commands of others are ended, and sessions are told.",
        footer = {
            "  quoin lun mask iqn.2026-11.org.example:web 0 iqn.1993-08.org.debian:01:web1",
            "  quoin lun mask iqn.2026-11.org.example:web 0 --everybody"
        })
final class MaskLun extends LunCall {

    @Parameters(index = "2..*", paramLabel = "INITIATOR", arity = "0..*", description = "Who sees it from now on.")
    private List<String> initiators = List.of();

    @Option(names = "--everybody", description = "Everybody who may log in sees it.")
    private boolean everybody;

    @Override
    protected void check() throws Fault {
        super.check();
        if (initiators.isEmpty() != everybody) {
            throw Fault.usage(
                    object(),
                    everybody ? "initiators and --everybody found, one of them expected" : "no initiator found",
                    "name those who shall see it, or --everybody");
        }
    }

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = MaskLunRequest.newBuilder()
                .setTarget(target())
                .setLun(lun())
                .addAllInitiators(initiators)
                .build();
        TargetView.print(terminal(), format(), ask(client, stub -> stub.maskLun(request)));
        return ExitCode.DONE.number();
    }
}
