package dev.quoin.tools.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceProvider;
import dev.quoin.device.Devices;
import dev.quoin.device.WriteMode;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.api.TransactionOutcome;
import dev.quoin.dlm.client.DlmClient;
import dev.quoin.dlm.client.DlmClientConfig;
import dev.quoin.dlm.security.Security;
import dev.quoin.tools.FreePorts;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/**
 * Proves that what an administrator does to targets, LUNs, access lists and portals is in force for initiators at once, and still is
 * after a restart of the node.
 */
class TargetCommandsTest extends CommandTest {

    private static final String CONFIGURED = "iqn.2026-11.dev.quoin:demo";
    private static final String WEB1 = "iqn.2026-11.org.example:web1";
    private static final String WEB2 = "iqn.2026-11.org.example:web2";
    private static final String NOT_FOUND = "status 0203";
    private static final String NOT_LISTED = "status 0202";

    private void fails(int code, String says, String... arguments) {
        assertThat(run(arguments)).as(String.join(" ", arguments)).isEqualTo(code);
        assertThat(terminal().err()).contains(says);
    }

    private static String configuredPortal() throws Exception {
        return running().node().requirePortal().address().toString();
    }

    private static BlockDevice open(String portal, String target, int lun, String initiator) throws DeviceException {
        return Devices.open(
                "iscsi://" + portal + "/" + target + "/" + lun + "?initiator=" + initiator,
                DeviceProvider.Access.READ_WRITE);
    }

    private static void assertOpens(String portal, String target, int lun, String initiator) throws Exception {
        open(portal, target, lun, initiator).close();
    }

    private static void assertRefused(String says, String portal, String target, int lun, String initiator) {
        assertThatThrownBy(() -> assertOpens(portal, target, lun, initiator)).hasMessageContaining(says);
    }

    @Test
    void target_fromItsMakingToItsEnd() throws Exception {
        String web = "iqn.2026-11.org.example:web";
        String portal = configuredPortal();
        done("volume", "create", "disk-web", "--size", "64MiB");
        fails(2, "lower-case letters", "target", "create", "iqn.2026-11.org.example:Web");
        done("target", "create", web);
        fails(4, "found already", "target", "create", web);
        done("target", "create", web, "--if-absent");
        fails(3, "no such volume", "lun", "map", web, "0", "no-volume");
        fails(3, "no such target", "lun", "map", web + "x", "0", "disk-web");
        fails(2, "0 to 255", "lun", "map", web, "256", "disk-web");
        done("lun", "map", web, "0", "disk-web");
        fails(4, "taken by volume disk-web", "lun", "map", web, "0", "disk0");
        assertRefused(NOT_LISTED, portal, web, 0, WEB1);

        done("acl", "allow", web, WEB1);
        try (BlockDevice device = open(portal, web, 0, WEB1)) {
            assertThat(device.geometry().size()).isEqualTo(64 << 20);
            JsonNode sessions = json("target", "sessions", web).path("items");
            assertThat(sessions).hasSize(1);
            assertThat(sessions.path(0).path("initiator").asText()).isEqualTo(WEB1);
            assertThat(sessions.path(0).path("group").asInt()).isEqualTo(1);
        }
        assertRefused(NOT_LISTED, portal, web, 0, WEB2);

        fails(4, "of the configuration", "target", "delete", CONFIGURED, "--yes");
        assertThat(run("target", "delete", web)).as("not confirmed").isEqualTo(2);
        done("target", "delete", web, "--dry-run");
        assertThat(terminal().out()).contains("with 1 LUNs");
        done("target", "delete", web, "--yes");
        fails(3, "no such target", "target", "delete", web, "--yes");
        done("target", "delete", web, "--yes", "--if-present");
        assertRefused(NOT_FOUND, portal, web, 0, WEB1);
        assertThat(json("target", "list").path("items").findValuesAsText("name"))
                .contains(CONFIGURED)
                .doesNotContain(web);
        assertThat(json("volume", "list").path("items").findValuesAsText("name"))
                .contains("disk-web");
        done("target", "create", web, "--everybody");
        assertThat(json("target", "show", web).path("luns"))
                .as("a new target of the name has nothing of the old")
                .isEmpty();
        done("target", "delete", web, "--yes");
        done("volume", "delete", "disk-web", "--yes");
    }

    private static JsonNode withoutSessions(JsonNode target) {
        return ((ObjectNode) target).without("sessions");
    }

    @Test
    void access_thatIsTakenAway_endsSessions() throws Exception {
        String target = "iqn.2026-11.org.example:access";
        String portal = configuredPortal();
        done("target", "create", target, "--everybody");
        done("volume", "create", "disk-access", "--size", "64MiB");
        done("lun", "map", target, "3", "disk-access");
        assertOpens(portal, target, 3, WEB1);
        fails(2, "everybody may log in", "acl", "deny", target, WEB1);
        fails(2, "add --only", "acl", "allow", target, WEB1);
        fails(2, "begins with iqn.", "acl", "allow", target, "web1", "--only");
        done("acl", "allow", target, WEB1, WEB2, "--only");
        try (BlockDevice device = open(portal, target, 3, WEB2)) {
            done("acl", "deny", target, WEB2, "--dry-run");
            assertThat(terminal().out()).contains("end 1 sessions");
            done("acl", "deny", target, WEB2);
            assertThat(json("target", "sessions", target).path("items")).isEmpty();
            assertThat(device.geometry().blockSize()).isPositive();
        }
        assertRefused(NOT_LISTED, portal, target, 3, WEB2);
        assertThat(json("acl", "list", target).path("items").findValuesAsText("name"))
                .containsExactly(WEB1);
        assertOpens(portal, target, 3, WEB1);
        done("volume", "delete", "disk-access", "--yes");
        assertThat(json("lun", "list", target).path("items"))
                .as("a deleted volume has no LUN")
                .isEmpty();
        assertRefused("unit", portal, target, 3, WEB1);
        done("target", "delete", target, "--yes");
    }

    @Test
    void luns_areMasked_sharedAndUnmapped() throws Exception {
        String one = "iqn.2026-11.org.example:one";
        String two = "iqn.2026-11.org.example:two";
        String portal = configuredPortal();
        done("volume", "create", "disk-shared", "--size", "64MiB");
        done("target", "create", one, "--everybody");
        done("target", "create", two, "--everybody");
        done("lun", "map", one, "0", "disk-shared", "--initiator", WEB1);
        done("lun", "map", two, "5", "disk-shared", "--read-only");
        assertRefused("unit", portal, one, 0, WEB2);
        try (BlockDevice device = open(portal, one, 0, WEB1)) {
            BlockIo.write(device, 4096, ByteBuffer.allocate(4096).put(0, (byte) 9), WriteMode.FUA);
        }
        try (BlockDevice device = Devices.open(
                "iscsi://" + portal + "/" + two + "/5?initiator=" + WEB2, DeviceProvider.Access.READ_ONLY)) {
            assertThat(BlockIo.read(device, 4096, 4096).get(0))
                    .as("the same volume")
                    .isEqualTo((byte) 9);
        }
        done("lun", "mask", one, "0", WEB2);
        assertRefused("unit", portal, one, 0, WEB1);
        assertOpens(portal, one, 0, WEB2);
        done("lun", "mask", one, "0", "--everybody");
        assertOpens(portal, one, 0, WEB1);
        assertThat(run("lun", "mask", one, "0")).as("nobody named").isEqualTo(2);
        fails(3, "no such LUN found, one of [0]", "lun", "mask", one, "1", WEB1);
        assertThat(run("lun", "unmap", one, "0")).as("not confirmed").isEqualTo(2);
        done("lun", "unmap", one, "0", "--yes");
        assertRefused("unit", portal, one, 0, WEB1);

        fails(4, "its file system is open", "lun", "unmap", CONFIGURED, "1", "--yes");
        done("lun", "mask", CONFIGURED, "1", WEB1);
        done("fs", "unmount", "shared0");
        done("fs", "mount", "shared0");
        done("fs", "ls", "shared0:/");
        assertRefused("unit", portal, CONFIGURED, 1, WEB2);
        done("lun", "mask", CONFIGURED, "1", "--everybody");
        done("target", "delete", one, "--yes");
        done("target", "delete", two, "--yes");
        done("volume", "delete", "disk-shared", "--yes");
    }

    @Test
    void portals_areAddedInGroups_drainedAndDeleted() throws Exception {
        String target = "iqn.2026-11.org.example:grouped";
        String first = configuredPortal();
        String second = "127.0.0.1:" + FreePorts.next();
        String third = "127.0.0.1:" + FreePorts.next();
        done("volume", "create", "disk-grouped", "--size", "64MiB");
        fails(4, "in use", "portal", "create", first);
        fails(2, "1 to 255", "portal", "create", second, "--group", "256");
        done("portal", "create", second, "--group", "2");
        done("portal", "create", third, "--group", "2", "--weight", "300");
        done("target", "create", target, "--everybody", "--group", "2");
        done("lun", "map", target, "0", "disk-grouped");
        assertRefused(NOT_FOUND, first, target, 0, WEB1);
        assertOpens(second, target, 0, WEB1);

        done("portal", "drain", second, "--within", "5s");
        assertThat(state(second)).isEqualTo("draining");
        try (BlockDevice device = open(second, target, 0, WEB1)) {
            assertThat(device.geometry().size()).isEqualTo(64 << 20);
            assertThat(connections(third))
                    .as("it was sent to the other of the group")
                    .isEqualTo(1);
            done("portal", "drain", third, "--within", "5s");
            Awaitility.await()
                    .atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(connections(third)).isZero());
            done("portal", "resume", third);
        }
        done("portal", "resume", second);
        assertThat(state(second)).isEqualTo("open");
        assertOpens(third, target, 0, WEB1);
        assertRefused(NOT_FOUND, first, target, 0, WEB1);
        done("target", "set", target, "--all-groups");
        assertOpens(first, target, 0, WEB1);

        fails(4, "of the configuration", "portal", "delete", first, "--yes");
        fails(3, "no such portal", "portal", "drain", "127.0.0.1:1");
        done("portal", "delete", second, "--yes");
        fails(3, "no such portal", "portal", "delete", second, "--yes");
        assertThat(json("portal", "list").path("items").findValuesAsText("address"))
                .contains(first, third)
                .doesNotContain(second);

        done("portal", "delete", third, "--yes");
        done("target", "delete", target, "--yes");
        done("volume", "delete", "disk-grouped", "--yes");
    }

    @Test
    void restart_findsAllAsItWas_andAPortalThatCannotBeHadStopsNothing() throws Exception {
        String kept = "iqn.2026-11.org.example:kept";
        String gone = "iqn.2026-11.org.example:gone";
        String first = configuredPortal();
        String second = "127.0.0.1:" + FreePorts.next();
        String third = "127.0.0.1:" + FreePorts.next();
        done("volume", "create", "disk-kept", "--size", "64MiB");
        done("portal", "create", second, "--group", "2", "--weight", "7", "--announce", second);
        done("portal", "create", third, "--group", "3");
        done("target", "create", kept, "--initiator", WEB1, "--initiator", WEB2, "--group", "2");
        done("lun", "map", kept, "4", "disk-kept", "--initiator", WEB1);
        done("target", "create", gone, "--everybody");
        done("lun", "map", gone, "0", "disk-kept");
        done("target", "delete", gone, "--yes");
        done("acl", "allow", CONFIGURED, WEB1, "--only");
        done("volume", "create", "disk-old", "--size", "64MiB");
        try (LockClient client = connect()) {
            // As a node wrote it that knew one target only.
            byte[] old = "{\"v\":1,\"lun\":9,\"mounted\":false,\"deleted\":false}".getBytes(StandardCharsets.UTF_8);
            assertThat(client.registry()
                            .commit(Transaction.builder()
                                    .put("node/demo/volume/disk-old", old)
                                    .build()))
                    .isInstanceOf(TransactionOutcome.Committed.class);
        }
        try (BlockDevice device = open(second, kept, 4, WEB1)) {
            BlockIo.write(device, 0, ByteBuffer.allocate(4096).put(0, (byte) 7), WriteMode.FUA);
        }
        done("portal", "drain", second);
        JsonNode before = withoutSessions(json("target", "show", kept));

        int port = Integer.parseInt(third.substring(third.indexOf(':') + 1));
        running().close();
        try (ServerSocket other = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            startAgain();
            assertThat(other.isBound()).isTrue();
            assertThat(state(third)).isEqualTo("down");
            assertThat(run("status")).isEqualTo(5);
            assertThat(terminal().out()).contains("PORTAL_DOWN portal " + third);
        }
        done("portal", "delete", third, "--yes");
        done("status");

        assertThat(withoutSessions(json("target", "show", kept))).isEqualTo(before);
        assertThat(state(second)).as("a restart ends a drain").isEqualTo("open");
        assertThat(portal(second).path("weight").asInt()).isEqualTo(7);
        try (BlockDevice device = open(second, kept, 4, WEB1)) {
            assertThat(BlockIo.read(device, 0, 4096).get(0)).isEqualTo((byte) 7);
        }
        assertRefused("unit", second, kept, 4, WEB2);
        assertRefused(NOT_FOUND, first, kept, 4, WEB1);
        assertRefused(NOT_LISTED, first, CONFIGURED, 0, WEB2);
        assertOpens(first, CONFIGURED, 0, WEB1);
        assertOpens(first, CONFIGURED, 9, WEB1);
        done("fs", "ls", "shared0:/");
        assertRefused(NOT_FOUND, first, gone, 0, WEB1);
        done("target", "create", gone, "--everybody");
        assertThat(json("lun", "list", gone).path("items"))
                .as("a new target of the name has nothing of the old")
                .isEmpty();
        done("acl", "allow", CONFIGURED, "--everybody");
        done("portal", "delete", second, "--yes");
        done("target", "delete", gone, "--yes");
        done("target", "delete", kept, "--yes");
        done("volume", "delete", "disk-kept", "--yes");
        done("volume", "delete", "disk-old", "--yes");
    }

    private LockClient connect() throws Exception {
        List<String> servers = new ArrayList<>();
        json("dlm", "members")
                .path("items")
                .forEach(member ->
                        servers.add(member.path("clientAddresses").path(0).asText()));
        return DlmClient.connect(DlmClientConfig.of("tester", servers, Security.off()));
    }

    private JsonNode portal(String address) throws Exception {
        for (JsonNode item : json("portal", "list").path("items")) {
            if (item.path("address").asText().equals(address)) {
                return item;
            }
        }
        throw new AssertionError("no portal " + address);
    }

    private String state(String address) throws Exception {
        return portal(address).path("state").asText();
    }

    private int connections(String address) throws Exception {
        return portal(address).path("connections").asInt();
    }
}
