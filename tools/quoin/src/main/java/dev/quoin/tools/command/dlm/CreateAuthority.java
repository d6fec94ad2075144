package dev.quoin.tools.command.dlm;

import dev.quoin.dlm.security.CertificateAuthority;
import dev.quoin.tools.command.LocalCommand;
import dev.quoin.tools.fault.Fault;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quoin dlm certs create}. */
@Command(
        name = "create",
        description = "Make the authority that issues a cluster's certificates.",
        footer = {"  quoin dlm certs create ~/quoin-authority --cluster office"})
final class CreateAuthority extends LocalCommand {

    @Parameters(
            index = "0",
            paramLabel = "AUTHORITY",
            description = "The directory for it; whoever can read it can be anybody.")
    private Path directory = Path.of("");

    @Option(names = "--cluster", required = true, paramLabel = "NAME", description = "As in the nodes' configurations.")
    private String cluster = "";

    @Override
    protected void run() throws Fault {
        try {
            CertificateAuthority made = CertificateAuthority.create(directory, cluster);
            terminal().out().println("authority of cluster " + cluster + ": " + made.certificateFile());
        } catch (FileAlreadyExistsException there) {
            throw Fault.conflict(
                    "authority in " + directory,
                    "there is one: " + there.getMessage(),
                    "use it, or name another directory");
        } catch (IllegalArgumentException wrong) {
            throw Fault.usage(
                    "authority in " + directory, String.valueOf(wrong.getMessage()), "name the cluster otherwise");
        } catch (IOException failure) {
            throw Fault.failed(
                    "authority in " + directory,
                    "could not be made: " + failure.getMessage(),
                    "name another directory",
                    failure);
        }
    }
}
