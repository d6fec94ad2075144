package dev.quoin.tools.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quoin.tools.FreePorts;
import dev.quoin.tools.config.NodeConfig;
import dev.quoin.tools.config.StrictYaml;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.Logging;
import dev.quoin.tools.node.Node;
import dev.quoin.tools.node.NodeDirectory;
import dev.quoin.tools.output.FakeTerminal;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proves that a node runs with the certificates that the commands make, and with no others. */
class CertificateCommandsTest {

    @TempDir
    Path dir;

    private final FakeTerminal terminal = FakeTerminal.script();

    private int run(String... arguments) {
        terminal.clear();
        return Parser.run(terminal.terminal(), arguments);
    }

    @AfterEach
    void stopLogging() {
        Logging.toNowhere();
    }

    private NodeConfig config(Path certificates, String cluster) throws Exception {
        return StrictYaml.parse(
                "test",
                """
                node: alpha
                directory: %s
                dlm:
                  cluster: %s
                  tls: %s
                  access:
                    - {node: "web*", lockspaces: ["app-*"]}
                  peers:
                    - {id: a, raft: 127.0.0.1:%d, clients: 127.0.0.1:%d, here: true}
                """.formatted(dir.resolve("node"), cluster, certificates, FreePorts.next(), FreePorts.next()),
                NodeConfig.class);
    }

    private Node start(NodeConfig config) throws Fault {
        return Node.start(NodeDirectory.open(config.directory(), 0), config, notice -> {});
    }

    @Test
    void issuedCertificates_serveANode_andWrongOnesAreRefusedWithAWayOut() throws Exception {
        String authority = dir.resolve("authority").toString();
        String out = dir.resolve("certs").toString();

        assertThat(run("dlm", "certs", "create", authority, "--cluster", "office"))
                .as(terminal.err())
                .isZero();
        assertThat(run("dlm", "certs", "create", authority, "--cluster", "office"))
                .isEqualTo(4);
        assertThat(run("dlm", "certs", "issue", authority, "peer", "b", "--out", out))
                .isZero();
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> start(config(Path.of(out), "office")))
                .satisfies(fault -> {
                    assertThat(fault.message()).contains("peer-a.crt does not exist");
                    assertThat(fault.next()).contains("certs issue AUTHORITY peer a");
                });

        assertThat(run("dlm", "certs", "issue", authority, "peer", "a", "--out", out, "--days", "30"))
                .isZero();
        assertThat(run("dlm", "certs", "issue", authority, "peer", "a", "--out", out))
                .isEqualTo(4);
        assertThat(run("dlm", "certs", "issue", authority, "peer", "a:b", "--out", out))
                .isEqualTo(2);
        assertThat(run("dlm", "certs", "issue", authority, "king", "a", "--out", out))
                .isEqualTo(2);
        assertThat(run("dlm", "certs", "show", out + "/peer-a.crt")).isZero();
        assertThat(terminal.out()).contains("urn:quoin:office:peer:a").containsPattern("\\((29|30) days\\)");
        assertThat(run("dlm", "certs", "show", out + "/peer-a.key")).isEqualTo(1);

        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> start(config(Path.of(out), "home")))
                .satisfies(fault -> assertThat(fault.message()).contains("cluster office found, home expected"));
        try (Node node = start(config(Path.of(out), "office"))) {
            assertThat(node.locks()).isNotNull();
            assertThat(node.lockGroup().state().peers())
                    .singleElement()
                    .satisfies(peer -> assertThat(peer.report())
                            .satisfies(report -> assertThat(report.tls()).isTrue()));
        }
    }

    @Test
    void security_hasNoDefault() {
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> StrictYaml.parse("test", """
                        node: alpha
                        directory: /srv/quoin
                        dlm:
                          peers:
                            - {id: a, raft: 127.0.0.1:1, clients: 127.0.0.1:2, here: true}
                        """, NodeConfig.class))
                .satisfies(fault -> assertThat(fault.message()).contains("tls"));
    }
}
