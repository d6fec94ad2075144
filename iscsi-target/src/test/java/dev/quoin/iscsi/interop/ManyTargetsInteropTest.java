package dev.quoin.iscsi.interop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.iscsi.AccessList;
import dev.quoin.iscsi.Hosted;
import dev.quoin.iscsi.PortalInfo;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Proves that libiscsi's programs find the targets that are for them, and go where they are sent. */
@Timeout(60)
class ManyTargetsInteropTest {

    private static final String PACKAGE = "libiscsi-bin";
    private static final String PROGRAM = "iqn.2026-11.dev.quoin:program";

    private static String url(Hosted hosted, int portal) {
        return "iscsi://127.0.0.1:" + hosted.port(portal);
    }

    @Test
    void discovery_listsTargetsUnitsAndPortals() throws Exception {
        Program list = Program.require("iscsi-ls", PACKAGE);
        try (BlockDevice small = new MemoryDevice("small", 512, 1 << 20);
                BlockDevice large = new MemoryDevice("large", 512, 8 << 20);
                Hosted hosted = Hosted.of(
                        Hosted.portals(1, 2),
                        Hosted.target("one", 0, small),
                        Hosted.target("two", 1, small, large).withPortalGroups(Set.of(1)),
                        Hosted.target("hidden", 2, large).withAccess(AccessList.of(Set.of())))) {
            String found = list.good("-i", PROGRAM, "-s", url(hosted, 0));
            assertThat(found.lines().map(String::strip).toList())
                    .contains(
                            "Target:" + Hosted.name("one") + " Portal:127.0.0.1:" + hosted.port(0) + ",1",
                            "Target:" + Hosted.name("one") + " Portal:127.0.0.1:" + hosted.port(1) + ",2",
                            "Target:" + Hosted.name("two") + " Portal:127.0.0.1:" + hosted.port(0) + ",1");
            assertThat(found).contains("Size:1023k", "Lun:1", "Size:7M").doesNotContain("hidden");
        }
    }

    @Test
    void redirects_areFollowed() throws Exception {
        Program capacity = Program.require("iscsi-readcapacity16", PACKAGE);
        try (BlockDevice small = new MemoryDevice("small", 512, 1 << 20);
                BlockDevice large = new MemoryDevice("large", 512, 8 << 20);
                Hosted hosted = Hosted.of(Hosted.portals(1, 1).withBalancedLogins(), Hosted.target("one", 0, small));
                Hosted elsewhere = Hosted.of(Hosted.portals(1), Hosted.target("one", 0, large))) {
            String unit = url(hosted, 0) + "/" + Hosted.name("one") + "/0";
            // Balanced: a session holds the first portal, so the program is sent to the second one.
            AutoCloseable held = hosted.hold(0, "one", PROGRAM + "-held");
            assertThat(hosted.server().portals().stream().map(PortalInfo::connections))
                    .containsExactly(1, 0);
            assertThat(capacity.good("-i", PROGRAM, unit)).contains("Total size:" + (1 << 20));
            assertThat(capacity.good("-i", PROGRAM, unit)).contains("Total size:" + (1 << 20));
            held.close();
            hosted.server().drainPortal(hosted.server().portals().getFirst().address(), 5);
            assertThat(capacity.good("-i", PROGRAM, unit)).as("drained").contains("Total size:" + (1 << 20));
            hosted.target("one").redirect("127.0.0.1:" + elsewhere.port(0));
            assertThat(capacity.good("-i", PROGRAM, unit)).as("moved").contains("Total size:" + (8 << 20));
            hosted.target("one").redirectForGood("127.0.0.1:" + elsewhere.port(0));
            assertThat(capacity.run(Map.of(), "-i", PROGRAM, unit).output())
                    .as("libiscsi follows only who moved for a while")
                    .contains("Target moved permanently(258)");
        }
    }
}
