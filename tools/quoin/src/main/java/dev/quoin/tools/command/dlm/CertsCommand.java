package dev.quoin.tools.command.dlm;

import dev.quoin.tools.command.GroupCommand;
import picocli.CommandLine.Command;

/** The noun {@code dlm certs}. */
@Command(
        name = "certs",
        description = {
            "Make the certificates by which peers, nodes and operators know each other (mutual TLS).",
            "These commands need no running node. Keep the authority's directory away from the nodes."
        },
        subcommands = {CreateAuthority.class, IssueCertificate.class, ShowCertificate.class},
        footer = {
            "  quoin dlm certs create ~/quoin-authority --cluster office",
            "  quoin dlm certs issue ~/quoin-authority peer a --out /etc/quoin/certs",
            "  quoin dlm certs issue ~/quoin-authority node web1 --out web1-certs",
            "  quoin dlm certs show /etc/quoin/certs/peer-a.crt"
        })
final class CertsCommand extends GroupCommand {}
