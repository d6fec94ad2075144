package dev.quoin.tools.command.array;

import dev.quoin.admin.proto.CreateArrayRequest;
import dev.quoin.tools.admin.AdminClient;
import dev.quoin.tools.command.Confirmation;
import dev.quoin.tools.command.NodeCommand;
import dev.quoin.tools.config.ByteSize;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.view.ArrayView;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quoin array create}. */
@Command(
        name = "create",
        description = "Make an array of devices, and a pool of the same name on it.",
        footer = {
            "  quoin array create fast --level 5 --member-size 2GiB file:/srv/a file:/srv/b file:/srv/c",
            "  quoin array create safe --level 1 --write-mostly 1 --member-size 2GiB file:/ssd/a file:/slow/b",
            "  quoin volume create disk1 --pool fast --size 1GiB"
        })
final class CreateArray extends NodeCommand {

    @Parameters(index = "0", paramLabel = "ARRAY", description = "The name of the new array.")
    private String array = "";

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "DEVICE",
            description = "The members in order, as URLs: file:/path, iscsi://host:port/iqn/lun.")
    private List<String> members = List.of();

    @Option(names = "--level", required = true, paramLabel = "N", description = "The RAID level: 0, 1, 3, 5, 6 or 10.")
    private String level = "";

    @Option(
            names = "--chunk",
            paramLabel = "SIZE",
            description = "The chunk size, 4 KiB to 1 MiB. Default: 64KiB. RAID 3 has none.")
    private @Nullable ByteSize chunk;

    @Option(
            names = "--member-size",
            paramLabel = "SIZE",
            description = "Make member files that do not exist, in this size.")
    private @Nullable ByteSize memberSize;

    @Option(
            names = "--write-mostly",
            split = ",",
            paramLabel = "N",
            description =
                    "RAID 1 and 10: members, by number from 0, that are read from only if no other has the block.")
    private List<Integer> writeMostly = List.of();

    @Option(names = "--verify-reads", description = "RAID 3: read the parity with every block and compare.")
    private boolean verifyReads;

    @Option(
            names = "--cut-to-smallest",
            description = "RAID 0: take members of different sizes, and use of each what the smallest has.")
    private boolean cutToSmallest;

    @Option(
            names = "--journal",
            paramLabel = "POLICY",
            description =
                    "What of large writes over something is journalled: full, or headers, which is faster; after a power cut"
                            + " blocks that were being written over may be unreadable then. Default: full. Not for RAID 3.")
    private String journal = "full";

    @Option(names = "--overwrite", description = "Use the devices even if they hold something.")
    private boolean overwrite;

    @Mixin
    private Confirmation confirmation = new Confirmation();

    @Override
    protected void check() throws Fault {
        if (writeMostly.stream().anyMatch(role -> role < 0)) {
            throw Fault.usage(
                    "array " + array,
                    "write-mostly members " + writeMostly + " found, 0 or more expected",
                    "count from 0");
        }
        if (chunk != null && chunk.bytes() > 1 << 30) {
            throw Fault.usage(
                    "array " + array, "a chunk of " + chunk + " found, at most 1 GiB expected", "name a smaller one");
        }
        if (overwrite) {
            confirmation.require(
                    terminal(), "array " + array, array, "What is on " + String.join(", ", members) + " will be lost.");
        }
    }

    @Override
    protected int run(AdminClient client) throws Fault {
        var request = CreateArrayRequest.newBuilder()
                .setName(array)
                .setLevel(level)
                .setChunkBytes(chunk == null ? 0 : Math.toIntExact(chunk.bytes()))
                .setMemberBytes(memberSize == null ? 0 : memberSize.bytes())
                .setOverwrite(overwrite)
                .addAllMembers(members)
                .addAllWriteMostly(writeMostly)
                .setVerifyReads(verifyReads)
                .setCutToSmallest(cutToSmallest)
                .setJournal(journal)
                .build();
        ArrayView.print(terminal(), format(), ask(client, stub -> stub.createArray(request)));
        return ExitCode.DONE.number();
    }
}
