package dev.quoin.tools.command.dlm;

import dev.quoin.dlm.security.CertificateInfo;
import dev.quoin.tools.command.LocalCommand;
import dev.quoin.tools.fault.Fault;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code quoin dlm certs show}. */
@Command(
        name = "show",
        description = "Show for whom a certificate is, and until when.",
        footer = {"  quoin dlm certs show /etc/quoin/certs/peer-a.crt"})
final class ShowCertificate extends LocalCommand {

    @Parameters(index = "0", paramLabel = "FILE", description = "The certificate.")
    private Path file = Path.of("");

    @Override
    protected void run() throws Fault {
        try {
            CertificateInfo info = CertificateInfo.read(file);
            long left = Instant.now().until(info.until(), ChronoUnit.DAYS);
            terminal().out().println("identity  " + info.identity());
            terminal().out().println("issuer    " + info.issuer());
            terminal().out().println("until     " + info.until() + (left < 0 ? " (over)" : " (" + left + " days)"));
        } catch (IOException failure) {
            throw Fault.failed(
                    "certificate " + file,
                    String.valueOf(failure.getMessage()),
                    "name a file that ends with .crt",
                    failure);
        }
    }
}
