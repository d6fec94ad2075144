package dev.quoin.tools.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proves that a configuration is read in full, and that each kind of mistake in one is refused with its place and a way out. */
class NodeConfigTest {

    private static final String SMALL = """
            node: alpha
            directory: /srv/quoin
            dlm:
              tls: off
              peers:
                - {id: a, raft: 127.0.0.1:7101, clients: 127.0.0.1:7201, here: true}
            """;

    @TempDir
    Path directory;

    @Test
    void example_isRead_withEveryValue() throws Fault {
        NodeConfig config = StrictYaml.parse("example", ExampleConfig.text(), NodeConfig.class);

        assertThat(config.node()).isEqualTo("alpha");
        assertThat(config.dlm().peers()).hasSize(3).allMatch(DlmConfig.Peer::here);
        assertThat(config.arrays()).singleElement().satisfies(array -> {
            assertThat(array.chunk()).isEqualTo(ByteSize.parse("64KiB"));
            assertThat(array.memberSize()).isEqualTo(ByteSize.parse("10GiB"));
            assertThat(array.members()).hasSize(4);
        });
        assertThat(config.volumes()).extracting(VolumeConfig::lun).containsExactly(0, 1);
        assertThat(config.target()).isNotNull();
        assertThat(config.fileSystems())
                .singleElement()
                .satisfies(fs -> assertThat(fs.make()).isTrue());
    }

    @Test
    void smallConfig_isFilledUp_withDefaults() throws Fault {
        NodeConfig config = StrictYaml.parse("small", SMALL, NodeConfig.class);

        assertThat(config.admin()).hasToString("127.0.0.1:0");
        assertThat(config.arrays()).isEmpty();
        assertThat(config.target()).isNull();
    }

    @Test
    void unknownKey_isRefused_withLineAndNearestKey() {
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> parse(SMALL + "volums: []\n"))
                .satisfies(fault -> {
                    assertThat(fault.code()).isEqualTo(ExitCode.USAGE);
                    assertThat(fault.object()).matches("config test near line [78] key volums");
                    assertThat(fault.message()).contains("key 'volums' found", "volumes");
                    assertThat(fault.next()).isEqualTo("did you mean 'volumes'?");
                });
    }

    @Test
    void unknownKeyInside_isRefused_withItsPath() {
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(
                        () -> parse(SMALL + "arrays:\n  - {name: main, level: 5, members: [file:/a], chonk: 4KiB}\n"))
                .satisfies(fault -> {
                    assertThat(fault.object()).endsWith("key arrays[0].chonk");
                    assertThat(fault.next()).isEqualTo("did you mean 'chunk'?");
                });
    }

    @Test
    void missingKey_isRefused_byName() {
        assertRefused("node: alpha\ndirectory: /srv\n", "dlm");
    }

    @Test
    void keyGivenTwice_isRefused() {
        assertRefused(SMALL + "node: beta\n", "Duplicate");
    }

    @Test
    void wrongValues_areRefused_withWhatIsExpected() {
        assertRefused(SMALL.replace("alpha", "al/pha"), "node name 'al/pha' found");
        assertRefused(SMALL.replace("7101", "port"), "HOST:PORT expected");
        assertRefused(SMALL.replace("here: true", "here: 7"), "boolean expected");
        assertRefused(SMALL + "pools:\n  - {name: p, arrays: [main]}\n", "array 'main' found");
        assertRefused(
                SMALL + "target: {name: iqn.2026-11.dev.quoin:x, listen: 1234}\n", "'1234' found, HOST:PORT expected");
        assertRefused(SMALL + "target: {name: demo}\n", "begins with iqn.");
        assertRefused(SMALL + "file-systems:\n  - {volume: v, nodes: [a]}\n", "a target expected");
    }

    @Test
    void targetWithChapAndInitiators_isRead() throws Fault {
        NodeConfig config = parse(SMALL + """
                target:
                  name: iqn.2026-11.dev.quoin:x
                  also-listen: [127.0.0.1:3261]
                  announce: [storage.example:3260]
                  initiators: [iqn.2026-11.org.example:one, eui.02004567A425678D]
                  chap:
                    users:
                      - {user: web1, secret-file: /etc/quoin/web1, initiator: iqn.2026-11.org.example:one}
                      - {user: web2, secret-file: /etc/quoin/web2}
                    mutual: {user: alpha, secret-file: /etc/quoin/target}
                """);

        assertThat(config.target().initiators()).containsExactly("iqn.2026-11.org.example:one", "eui.02004567A425678D");
        assertThat(config.target().alsoListen()).containsExactly(new HostPort("127.0.0.1", 3261));
        assertThat(config.target().announce()).containsExactly(new HostPort("storage.example", 3260));
        assertThat(config.target().chap())
                .isEqualTo(new ChapConfig(
                        List.of(
                                new ChapConfig.User("web1", Path.of("/etc/quoin/web1"), "iqn.2026-11.org.example:one"),
                                new ChapConfig.User("web2", Path.of("/etc/quoin/web2"), null)),
                        new ChapConfig.Mutual("alpha", Path.of("/etc/quoin/target"))));
        NodeConfig plain = parse(SMALL + "target: {name: iqn.2026-11.dev.quoin:x}\n");
        assertThat(plain.target().initiators()).isEmpty();
        assertThat(plain.target().chap()).isNull();
    }

    @Test
    void wrongChap_isRefused() {
        String target = SMALL + "target: {name: iqn.2026-11.dev.quoin:x, ";
        assertRefused(target + "initiators: [web1]}\n", "initiator name 'web1' found");
        assertRefused(target + "chap: {}}\n", "users");
        assertRefused(target + "chap: {users: []}}\n", "at least one expected");
        assertRefused(target + "chap: {users: [{user: a}]}}\n", "secret");
        assertRefused(target + "chap: {users: [{user: a, secret-file: b, secret: c}]}}\n", "key 'secret' found");
        assertRefused(target + "chap: {users: [{user: a, secret-file: b, initiator: c}]}}\n", "initiator name 'c'");
        String user = "{user: a, secret-file: b}";
        assertRefused(target + "chap: {users: [" + user + ", " + user + "]}}\n", "a");
        assertRefused(target + "chap: {users: [" + user + "], mutual: {user: a}}}\n", "secret");
    }

    @Test
    void wrongNumberOfPeers_isRefused() {
        String peer = "    - {id: b, raft: 127.0.0.1:7102, clients: 127.0.0.1:7202}\n";
        assertRefused(SMALL + peer, "2 lock manager peers found");
    }

    @Test
    void notYaml_isRefused() {
        assertRefused("node: [", "");
        assertRefused("", "an empty file found");
    }

    @Test
    void missingFile_isNotFound() {
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> StrictYaml.read(directory.resolve("none.yaml"), NodeConfig.class))
                .satisfies(fault -> {
                    assertThat(fault.code()).isEqualTo(ExitCode.NOT_FOUND);
                    assertThat(fault.next()).contains("quoin serve --example");
                });
    }

    @Test
    void hugeFile_isRefusedUnread() throws Exception {
        Path huge = Files.write(directory.resolve("huge.yaml"), new byte[StrictYaml.FILE_LENGTH_MAX + 1]);

        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> StrictYaml.read(huge, NodeConfig.class))
                .satisfies(fault -> assertThat(fault.message()).contains("at most " + StrictYaml.FILE_LENGTH_MAX));
    }

    private static void assertRefused(String text, String reason) {
        assertThatExceptionOfType(Fault.class).isThrownBy(() -> parse(text)).satisfies(fault -> {
            assertThat(fault.code()).isEqualTo(ExitCode.USAGE);
            assertThat(fault.message()).contains(reason);
        });
    }

    private static NodeConfig parse(String text) throws Fault {
        return StrictYaml.parse("test", text, NodeConfig.class);
    }
}
