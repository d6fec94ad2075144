package dev.quoin.tools.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceProvider;
import dev.quoin.device.Devices;
import dev.quoin.iscsi.unit.ReservationStore;
import dev.quoin.tools.config.ChapConfig;
import dev.quoin.tools.config.HostPort;
import dev.quoin.tools.config.TargetConfig;
import dev.quoin.tools.fault.ExitCode;
import dev.quoin.tools.fault.Fault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proves that a node's target asks for what the configuration says, that the node itself still gets in, and which files are refused. */
class PortalTest {

    private static final String NAME = "iqn.2026-11.dev.quoin:x";
    private static final String LISTED = "iqn.2026-11.org.example:listed";
    private static final String OTHER = "iqn.2026-11.org.example:other";

    /** What a login gets to when it succeeds: the target has no units. */
    private static final String LOGGED_IN = "unit";

    @TempDir
    Path directory;

    @Test
    void chapAndAccessList_holdForOthers_andNotForTheNode() throws Exception {
        Path file = secret("user", "correct horse battery", "rw-------");
        ChapConfig chap = new ChapConfig(
                List.of(new ChapConfig.User("web1", file, null)),
                new ChapConfig.Mutual("target", secret("target", "the target's own secret", "rw-------")));
        try (Portal portal = Portal.start(config(chap, List.of(LISTED)), ReservationStore.inMemory())) {
            portal.listen();
            String url = "iscsi://" + portal.address() + "/" + NAME + "/0?initiator=";
            String proof = "&chap-user=web1&chap-secret-file=" + file;
            assertOpenFails(url + LISTED, "status 0201");
            assertOpenFails(url + OTHER + proof, "status 0202");
            assertOpenFails(url + LISTED + proof, LOGGED_IN);
            assertThatThrownBy(() -> portal.open(0, OTHER).close())
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining(LOGGED_IN)
                    .hasMessageNotContaining("refused");
            portal.fence(OTHER).join();
            assertThatThrownBy(() -> portal.open(0, OTHER).close()).hasMessageContaining("status 0202");
        }
    }

    @Test
    void secretThatCannotBeUsed_isRefused_withItsFile() throws Exception {
        Path good = secret("good", "correct horse battery", "rw-------");
        assertRefused(good, secret("open", "another good secret", "rw-r-----"), "chmod 600");
        assertRefused(good, secret("short", "horse", "rw-------"), "12 to 256 expected");
        assertRefused(good, directory.resolve("none"), "does not exist");
        assertRefused(good, secret("same", "correct horse battery", "rw-------"), "different secrets");
    }

    private void assertRefused(Path user, Path mutual, String reason) {
        ChapConfig chap = new ChapConfig(
                List.of(new ChapConfig.User("web1", user, null)), new ChapConfig.Mutual("target", mutual));
        assertThatExceptionOfType(Fault.class)
                .isThrownBy(() -> Portal.start(config(chap, List.of()), ReservationStore.inMemory())
                        .close())
                .satisfies(fault -> {
                    assertThat(fault.code()).isEqualTo(ExitCode.USAGE);
                    assertThat(fault.object()).contains(NAME);
                    assertThat(fault.message()).contains(reason).doesNotContain("horse");
                });
    }

    private static void assertOpenFails(String url, String reason) {
        assertThatThrownBy(() ->
                        Devices.open(url, DeviceProvider.Access.READ_WRITE).close())
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining(reason);
    }

    private static TargetConfig config(@Nullable ChapConfig chap, List<String> initiators) {
        return new TargetConfig(NAME, new HostPort("127.0.0.1", 0), List.of(), List.of(), 1, chap, initiators, false);
    }

    private Path secret(String name, String text, String permissions) throws Exception {
        Path file = Files.writeString(directory.resolve(name), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }
}
