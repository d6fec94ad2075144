package dev.quoin.iscsi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceProvider;
import dev.quoin.device.MemoryDevice;
import dev.quoin.iscsi.initiator.InitiatorConfig;
import dev.quoin.iscsi.initiator.IscsiDevice;
import dev.quoin.iscsi.initiator.IscsiUrl;
import dev.quoin.iscsi.portal.PortalConfig;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.Response;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Proves that logins are spread over the portals of a group and led away from one that is drained, and that nobody runs in a circle. */
@Timeout(60)
class LoginBalanceTest {

    private static final String WEB = "iqn.2026-11.test:web";
    private static final int SERVED = 0;
    private static final int MOVED = 0x0101;
    private static final int MOVED_FOR_GOOD = 0x0102;
    private static final int UNAVAILABLE = 0x0301;

    private final BlockDevice device = new MemoryDevice("memory", 512, 1 << 20);

    @AfterEach
    void closeDevice() {
        device.close();
    }

    private static List<Integer> connections(Hosted hosted) {
        return hosted.server().portals().stream().map(PortalInfo::connections).toList();
    }

    private static String moved(Hosted hosted, int portal) {
        return "TargetAddress=127.0.0.1:" + hosted.port(portal) + "\0";
    }

    private static IscsiDevice open(Hosted hosted, int portal, String initiator) throws Exception {
        return IscsiDevice.open(
                new IscsiUrl("127.0.0.1", hosted.port(portal), Hosted.name("one"), 0, null),
                InitiatorConfig.of(initiator),
                DeviceProvider.Access.READ_WRITE);
    }

    @Test
    void logins_areSpreadByWeight_whereverTheyCome() throws Exception {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        IscsiServerConfig config = Hosted.portals()
                .withPortals(List.of(
                        new PortalConfig(1, any, List.of(), 100),
                        new PortalConfig(1, any, List.of(), 200),
                        new PortalConfig(2, any, List.of(), 1_000)))
                .withBalancedLogins();
        List<IscsiDevice> open = new ArrayList<>();
        try (Hosted hosted = Hosted.of(config, Hosted.target("one", 0, device))) {
            for (int i = 0; i < 6; i++) {
                open.add(open(hosted, 0, WEB + i));
            }
            assertThat(connections(hosted)).as("another group takes nothing").containsExactly(2, 4, 0);
            for (IscsiDevice device : open) {
                device.close();
            }
        }
    }

    @Test
    void loginThatWasSentAway_isServed_alsoWhereItCameFrom() throws Exception {
        try (Hosted hosted = Hosted.of(Hosted.portals(1, 1).withBalancedLogins(), Hosted.target("one", 0, device));
                RawInitiator first = hosted.login(0, "one", WEB, 1)) {
            Hosted.Answer sent = hosted.attempt(0, "one", WEB, 2, "");
            assertThat(sent.status()).isEqualTo(MOVED);
            assertThat(sent.keys()).as("no group in a redirect").isEqualTo(moved(hosted, 1));
            assertThat(hosted.attempt(0, "one", WEB, 2, "").status())
                    .as("it came back")
                    .isEqualTo(SERVED);
            assertThat(hosted.attempt(1, "one", WEB, 3, "").status())
                    .as("the best there is")
                    .isEqualTo(SERVED);
            assertThat(hosted.discover(0, WEB, "All", ""))
                    .as("the portal with fewer connections is told of first")
                    .contains(moved(hosted, 1).replace("\0", ",1\0")
                            + moved(hosted, 0).replace("\0", ",1\0"));
            assertThat(first.silentFor(1)).isTrue();
        }
    }

    @Test
    void portalThatIsDrained_asksForLogouts_andSendsLoginsToAnother() throws Exception {
        try (Hosted hosted = Hosted.of(Hosted.portals(1, 1, 2), Hosted.target("one", 0, device));
                RawInitiator here = hosted.login(0, "one", WEB, 1);
                RawInitiator there = hosted.login(1, "one", WEB, 2)) {
            InetSocketAddress portal = hosted.server().portals().getFirst().address();
            CompletableFuture<Void> gone =
                    hosted.server().drainPortal(portal, 20).orElseThrow();
            Response.AsyncMessage asked = (Response.AsyncMessage) here.receive().header();
            assertThat(asked.event()).isEqualTo(Response.AsyncMessage.LOGOUT_REQUESTED);
            assertThat(asked.parameter3()).isEqualTo(20);
            assertThat(there.silentFor(1)).isTrue();

            Hosted.Answer sent = hosted.attempt(0, "one", WEB, 3, "");
            assertThat(sent.status()).isEqualTo(MOVED);
            assertThat(sent.keys()).isEqualTo(moved(hosted, 1));
            assertThat(hosted.attempt(0, "one", WEB, 3, "").status())
                    .as("again")
                    .isEqualTo(MOVED);
            assertThat(hosted.attempt(0, "", WEB, 3, "SessionType=Discovery\0").status())
                    .as("discovery")
                    .isEqualTo(MOVED);
            assertThat(hosted.discover(1, WEB, "All", "")).doesNotContain(":" + hosted.port(0) + ",");
            open(hosted, 0, WEB + "-own").close();

            assertThat(gone).isNotDone();
            here.send(new Request.Logout(false, 0, here.nextTag(), 0, here.nextCmdSn(), here.expStatSn()));
            gone.get(10, TimeUnit.SECONDS);

            hosted.server().drainPortal(hosted.server().portals().get(1).address(), 20);
            assertThat(hosted.attempt(0, "one", WEB, 3, "").status())
                    .as("the whole group is drained")
                    .isEqualTo(UNAVAILABLE);
            assertThat(hosted.attempt(2, "one", WEB, 3, "").status()).isEqualTo(SERVED);
            assertThat(hosted.server().resumePortal(portal)).isTrue();
            assertThat(hosted.attempt(0, "one", WEB, 3, "").status()).isEqualTo(SERVED);
        }
    }

    @Test
    void sessionOverTwoPortals_leavesTheDrainedOne_andGoesOnOverTheOther() throws Exception {
        String name = Hosted.name("one");
        try (Hosted hosted = Hosted.of(Hosted.portals(1, 1, 2), Hosted.target("one", 0, device));
                RawInitiator first = new RawInitiator(hosted.port(0));
                RawInitiator second = new RawInitiator(hosted.port(1));
                RawInitiator elsewhere = new RawInitiator(hosted.port(2))) {
            String two = "MaxConnections=2\0";
            int tsih = ((Response.LoginResponse)
                            first.loginTo(name, WEB, 1, 0, 0, two).header())
                    .tsih();
            var stranger = (Response.LoginResponse)
                    elsewhere.loginTo(name, WEB, 1, tsih, 1, two).header();
            assertThat(stranger.statusClass() << 8 | stranger.statusDetail())
                    .as("a session is of one portal group")
                    .isEqualTo(0x020A);
            var joined = (Response.LoginResponse)
                    second.loginTo(name, WEB, 1, tsih, 1, two).header();
            assertThat(joined.statusClass()).isZero();
            assertThat(connections(hosted)).containsExactly(1, 1, 0);

            CompletableFuture<Void> gone = hosted.server()
                    .drainPortal(hosted.server().portals().get(1).address(), 20)
                    .orElseThrow();
            assertThat(second.receive().header()).isInstanceOf(Response.AsyncMessage.class);
            assertThat(first.silentFor(1)).isTrue();
            second.send(new Request.Logout(
                    true, Request.Logout.CLOSE_CONNECTION, 77, 1, first.nextCmdSn(), second.expStatSn()));
            assertThat(second.receive().header()).isInstanceOf(Response.LogoutResponse.class);
            gone.get(10, TimeUnit.SECONDS);
            assertThat(connections(hosted)).containsExactly(1, 0, 0);
            first.nextCmdSn(1);
            first.send(first.testUnitReady());
            assertThat(first.status().status()).isZero();
        }
    }

    @Test
    void ownInitiator_followsWhoMovedForGood_andLeavesADrainedPortal() throws Exception {
        try (Hosted hosted = Hosted.of(Hosted.portals(1, 1), Hosted.target("one", 0, device));
                Exported elsewhere = Exported.devices(device)) {
            String address = "127.0.0.1:" + elsewhere.target().port();
            hosted.target("one").redirectForGood(address);
            Hosted.Answer moved = hosted.attempt(0, "one", WEB, 1, "");
            assertThat(moved.status()).isEqualTo(MOVED_FOR_GOOD);
            assertThat(moved.keys()).isEqualTo("TargetAddress=" + address + "\0");
            hosted.target("one").redirect(null);

            try (IscsiDevice own = open(hosted, 0, WEB)) {
                assertThat(connections(hosted)).containsExactly(1, 0);
                hosted.server().drainPortal(hosted.server().portals().getFirst().address(), 30);
                await().atMost(Duration.ofSeconds(20))
                        .untilAsserted(() -> assertThat(connections(hosted)).containsExactly(0, 1));
                assertThat(own.geometry().size()).isEqualTo(1 << 20);
            }
        }
    }
}
