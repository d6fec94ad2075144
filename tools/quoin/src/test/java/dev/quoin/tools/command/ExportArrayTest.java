package dev.quoin.tools.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceProvider;
import dev.quoin.device.FileDevice;
import dev.quoin.device.WriteMode;
import dev.quoin.raid.ArraySpec;
import dev.quoin.raid.Level;
import dev.quoin.raid.RaidArray;
import dev.quoin.tools.FreePorts;
import dev.quoin.tools.config.NodeConfig;
import dev.quoin.tools.config.StrictYaml;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import dev.quoin.tools.node.Logging;
import dev.quoin.tools.node.Node;
import dev.quoin.tools.node.NodeDirectory;
import dev.quoin.tools.output.FakeTerminal;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proves what {@code quoin array export-md} does, says and refuses. */
class ExportArrayTest {

    @TempDir
    Path dir;

    private final FakeTerminal terminal = FakeTerminal.script();

    private int export(String array, String... members) {
        terminal.clear();
        List<String> line = new ArrayList<>(List.of("array", "export-md", array));
        for (String member : members) {
            line.add("file:" + dir.resolve(member));
        }
        return Parser.run(terminal.terminal(), line.toArray(String[]::new));
    }

    private void create(String name, Level level, String... members) throws Exception {
        List<BlockDevice> devices = new ArrayList<>();
        for (String member : members) {
            devices.add(FileDevice.create(dir.resolve(member), 4 << 20));
        }
        RaidArray array = RaidArray.create(new ArraySpec(name, level, 65536), devices);
        BlockIo.write(array, 0, ByteBuffer.wrap(new byte[65536]), WriteMode.CACHED);
        array.close();
        devices.forEach(BlockDevice::close);
    }

    /** The magic of md 8 KiB before the end. */
    private boolean isExported(String member) throws Exception {
        byte[] bytes = Files.readAllBytes(dir.resolve(member));
        int at = bytes.length - 8192;
        return ByteBuffer.wrap(bytes).getInt(at) == 0xfc4e2ba9;
    }

    @Test
    void export_ofAnArrayThatNobodyUses_saysWhatToDoNext_andHoldsUntilTheNextStart() throws Exception {
        create("main", Level.RAID5, "a", "b", "c");
        assertThat(export("main", "c", "a", "b")).as(terminal.err()).isZero();
        assertThat(terminal.out())
                .contains("array main: 3 of 3 members are readable by Linux md", "mdadm --assemble --readonly");
        for (String member : List.of("a", "b", "c")) {
            assertThat(isExported(member)).isTrue();
        }
        List<BlockDevice> devices = new ArrayList<>();
        for (String member : List.of("a", "b", "c")) {
            devices.add(FileDevice.open(dir.resolve(member), DeviceProvider.Access.READ_WRITE));
        }
        RaidArray array = RaidArray.assemble(devices);
        for (String member : List.of("a", "b", "c")) {
            assertThat(isExported(member)).isFalse();
        }
        assertThat(export("main", "a", "b", "c")).as("in use").isEqualTo(4);
        assertThat(terminal.err()).contains("stop the node that uses it");
        array.close();
        devices.forEach(BlockDevice::close);
    }

    @Test
    void export_ofWhatCannotBe_isRefusedWithAWayOut() throws Exception {
        create("main", Level.RAID5, "a", "b", "c");
        create("slices", Level.RAID3, "x", "y", "z");
        assertThat(export("slices", "x", "y", "z")).isEqualTo(2);
        assertThat(terminal.err()).contains("RAID 3 found, RAID 0, 1, 5, 6 or 10 expected");
        assertThat(export("main", "a", "b")).isEqualTo(1);
        assertThat(terminal.err()).contains("member 2 is not among the devices");
        assertThat(export("other", "a", "b", "c")).isEqualTo(1);
        assertThat(terminal.err()).contains("member 0 of array 'main' found");
        assertThat(export("main", "a", "b", "none")).isEqualTo(1);
        assertThat(export("main")).isEqualTo(2);
        for (String member : List.of("a", "b", "c")) {
            assertThat(isExported(member)).isFalse();
        }
    }

    /** Without our superblocks it is a member of an array of Linux and nothing else. */
    @Test
    void node_thatIsToMakeAnArrayOfAMemberOfLinuxMd_saysWhoseItIs() throws Exception {
        create("main", Level.RAID1, "a", "b");
        assertThat(export("main", "a", "b")).as(terminal.err()).isZero();
        byte[] bytes = Files.readAllBytes(dir.resolve("a"));
        Arrays.fill(bytes, 4096, 5 * 4096, (byte) 0);
        Arrays.fill(bytes, bytes.length - 4096, bytes.length, (byte) 0);
        Files.write(dir.resolve("a"), bytes);
        int[] ports = {FreePorts.next(), FreePorts.next()};
        NodeConfig config = StrictYaml.parse("test", """
                node: alpha
                directory: %1$s/node
                dlm:
                  cluster: export
                  tls: off
                  peers:
                    - {id: a, raft: 127.0.0.1:%2$d, clients: 127.0.0.1:%3$d, here: true}
                arrays:
                  - {name: new, level: 1, member-size: 4MiB, members: ["file:%1$s/a", "file:%1$s/c"]}
                """.formatted(dir, ports[0], ports[1]), NodeConfig.class);
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> Node.start(NodeDirectory.open(config.directory(), 0), config, notice -> {}))
                .satisfies(fault -> assertThat(fault.code()).isEqualTo(ExitCode.CONFLICT))
                .withMessageContaining("is member 0 of the Linux md array 'main'")
                .withMessageContaining("a blank one expected");
    }

    @AfterEach
    void stopLogging() {
        Logging.toNowhere();
    }
}
