package dev.quoin.tools.command.array;

import dev.quoin.raid.MdExport;
import dev.quoin.tools.command.LocalCommand;
import dev.quoin.tools.config.ByteSize;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.ArrayExport;
import dev.quoin.tools.output.OutputFormat;
import dev.quoin.tools.output.ProgressPrinter;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code quoin array export-md}. */
@Command(
        name = "export-md",
        description = {
            "Let Linux md read an array of level 0, 1, 5, 6 or 10 without Quoin. No node may be using it: reads and checks all of",
            "it, writes zeroes where nothing was ever written, and puts a superblock of md on each member. It holds until Quoin",
            "starts the array again."
        },
        footer = {
            "  quoin array export-md main file:/d1/main file:/d2/main file:/d3/main",
            "  losetup --find --show /d1/main        and so on; then",
            "  mdadm --assemble --readonly /dev/md0 /dev/loop0 /dev/loop1 /dev/loop2"
        })
final class ExportArray extends LocalCommand {

    @Parameters(index = "0", paramLabel = "ARRAY", description = "The name of the array.")
    private String array = "";

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "DEVICE",
            description = "All its members, in any order, as URLs: file:/path, iscsi://host:port/iqn/lun.")
    private List<String> members = List.of();

    @Override
    protected void run() throws Fault {
        var printer = new ProgressPrinter(terminal(), OutputFormat.TABLE, "export " + array, System::nanoTime);
        MdExport.Report report;
        try {
            report = ArrayExport.toMd(array, members, printer::update);
        } finally {
            printer.finish();
        }
        long exported =
                report.members().stream().filter(name -> !name.isEmpty()).count();
        terminal()
                .out()
                .println("array " + array + ": " + exported + " of "
                        + report.members().size() + " members are readable by Linux md, "
                        + ByteSize.format(report.size()) + "; zeroed: " + ByteSize.format(report.zeroedBytes())
                        + ", repaired blocks: " + report.scrub().repaired());
        terminal()
                .out()
                .println(
                        "next: mdadm --assemble --readonly /dev/md0 and the members, files by way of losetup; Quoin takes"
                                + " the export back when it starts the array");
    }
}
