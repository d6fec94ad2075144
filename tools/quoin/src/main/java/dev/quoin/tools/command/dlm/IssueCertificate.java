package dev.quoin.tools.command.dlm;

import dev.quoin.dlm.security.CertificateAuthority;
import dev.quoin.dlm.security.Identity;
import dev.quoin.dlm.security.Role;
import dev.quoin.dlm.security.TlsFiles;
import dev.quoin.tools.command.LocalCommand;
import dev.quoin.tools.fault.Fault;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code quoin dlm certs issue}. */
@Command(
        name = "issue",
        description = {
            "Issue a certificate with its key. peer: a peer of the lock manager, by its id. node: a machine or program that",
            "locks in its own name. operator: who changes the group and breaks locks."
        },
        footer = {
            "  quoin dlm certs issue ~/quoin-authority peer a --out /etc/quoin/certs",
            "  quoin dlm certs issue ~/quoin-authority node web1 --days 90 --out web1-certs",
            "  quoin dlm certs issue ~/quoin-authority peer a --out /etc/quoin/certs --replace   running peers take it up"
        })
final class IssueCertificate extends LocalCommand {

    @Parameters(index = "0", paramLabel = "AUTHORITY", description = "The directory of the authority.")
    private Path authority = Path.of("");

    @Parameters(index = "1", paramLabel = "peer|node|operator", description = "What its owner is.")
    private Role role = Role.NODE;

    @Parameters(index = "2", paramLabel = "NAME", description = "Of its owner: a peer's id, a node's name.")
    private String name = "";

    @Option(names = "--out", required = true, paramLabel = "DIR", description = "Where to write it, as 'tls' names it.")
    private Path out = Path.of("");

    @Option(names = "--host", paramLabel = "HOST", description = "A host name or address, for clients that compare it.")
    private List<String> hosts = List.of();

    @Option(
            names = "--days",
            paramLabel = "N",
            defaultValue = "825",
            description = "How long it is good. Default: 825.")
    private int days = 825;

    @Option(names = "--replace", description = "Replace the certificate that is there.")
    private boolean replace;

    @Override
    protected void run() throws Fault {
        if (days < 1 || days > 3650) {
            throw Fault.usage(
                    "certificate of " + name, days + " days found, 1 to 3650 expected", "name another number");
        }
        String object = "certificate of " + role.word() + " " + name;
        try {
            CertificateAuthority from = CertificateAuthority.open(authority);
            TlsFiles files =
                    from.issue(new Identity(from.cluster(), role, name), hosts, Duration.ofDays(days), out, replace);
            terminal().out().println(object + ": " + files.certificates() + ", " + files.key());
        } catch (FileAlreadyExistsException there) {
            throw Fault.conflict(object, "there is one: " + there.getMessage(), "use it, or replace it with --replace");
        } catch (IllegalArgumentException wrong) {
            throw Fault.usage(object, String.valueOf(wrong.getMessage()), "name it otherwise");
        } catch (IOException failure) {
            throw Fault.failed(
                    object,
                    String.valueOf(failure.getMessage()),
                    "name the directory that quoin dlm certs create has made",
                    failure);
        }
    }
}
