package dev.quoin.tools.node;

import dev.quoin.dlm.client.DlmClientConfig;
import dev.quoin.dlm.security.Credentials;
import dev.quoin.dlm.security.Role;
import dev.quoin.dlm.security.Security;
import dev.quoin.dlm.security.TlsFiles;
import dev.quoin.tools.config.DlmConfig;
import dev.quoin.tools.config.TlsConfig;
import dev.quoin.tools.fault.Fault;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Where this process reaches the lock manager, and as whom.
 *
 * @param addresses of the peers' doors for clients
 * @param security of the connections
 */
record LockServers(List<String> addresses, Security security) {

    LockServers {
        addresses = List.copyOf(addresses);
    }

    /** As a configuration says: as the first peer that runs here, or else as the node. Blocking. */
    static LockServers of(DlmConfig config, String node) throws Fault {
        List<String> addresses =
                config.peers().stream().map(peer -> peer.clients().toString()).toList();
        String peer = config.peers().stream()
                .filter(DlmConfig.Peer::here)
                .map(DlmConfig.Peer::id)
                .findFirst()
                .orElse("");
        return new LockServers(
                addresses, peer.isEmpty() ? security(config, Role.NODE, node) : security(config, Role.PEER, peer));
    }

    /** The security of one peer or node. Blocking. */
    static Security security(DlmConfig config, Role role, String name) throws Fault {
        return switch (config.tls()) {
            case TlsConfig.Off() -> Security.off();
            case TlsConfig.Directory(Path path) -> {
                try {
                    Credentials own = Credentials.load(TlsFiles.in(path, role, name));
                    if (!own.self().cluster().equals(config.cluster())) {
                        throw new IOException("certificate for cluster "
                                + own.self().cluster() + " found, " + config.cluster() + " expected");
                    }
                    yield new Security.MutualTls(own);
                } catch (IOException unusable) {
                    throw Fault.failed(
                            "certificates in " + path,
                            String.valueOf(unusable.getMessage()),
                            "quoin dlm certs issue AUTHORITY " + role.word() + " " + name + " --out " + path,
                            unusable);
                }
            }
        };
    }

    /** To open a session of that name. */
    DlmClientConfig as(String name) {
        return DlmClientConfig.of(name, addresses, security);
    }
}
