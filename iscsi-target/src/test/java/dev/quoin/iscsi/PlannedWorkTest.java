package dev.quoin.iscsi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.iscsi.login.LoginStatus;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.Response;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Proves how a target lets its initiators go, and what it tells of its addresses. */
@Timeout(30)
class PlannedWorkTest {

    @Test
    void drain_asksForALogout_andAdmitsNobodyElse() throws Exception {
        try (BlockDevice device = new MemoryDevice("memory", 512, 1 << 20);
                Exported exported = Exported.devices(device);
                RawInitiator raw = RawInitiator.loggedIn(exported, Exported.INITIATOR, 1, "")) {
            CompletableFuture<Void> gone = exported.target().drain(30);
            Response.AsyncMessage asked = (Response.AsyncMessage) raw.receive().header();
            assertThat(asked.event()).isEqualTo(Response.AsyncMessage.LOGOUT_REQUESTED);
            assertThat(asked.parameter3()).isEqualTo(30);
            try (RawInitiator late = new RawInitiator(exported.target().port())) {
                Response.LoginResponse refused = late.login("iqn.2026-11.test:late", 2, "");
                assertThat(refused.statusClass()).isEqualTo(LoginStatus.SERVICE_UNAVAILABLE.statusClass());
                assertThat(refused.statusDetail()).isEqualTo(LoginStatus.SERVICE_UNAVAILABLE.statusDetail());
            }
            // It goes on until it is ready.
            raw.send(raw.testUnitReady());
            raw.status();
            assertThat(gone).isNotDone();
            raw.send(new Request.Logout(false, 0, raw.nextTag(), 0, raw.nextCmdSn(), raw.expStatSn()));
            assertThat(raw.receive().header()).isInstanceOf(Response.LogoutResponse.class);
            gone.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void redirectedLogins_goToTheOtherTarget_andComeBack() throws Exception {
        try (BlockDevice device = new MemoryDevice("memory", 512, 1 << 20);
                Exported here = Exported.devices(device);
                Exported there = Exported.devices(device)) {
            here.target().redirect("127.0.0.1:" + there.target().port());
            try (RawInitiator raw = new RawInitiator(here.target().port())) {
                Response.LoginResponse moved = raw.login("iqn.2026-11.test:m", 1, "");
                assertThat(moved.statusClass()).isEqualTo(LoginStatus.TARGET_MOVED_TEMPORARILY.statusClass());
                assertThat(raw.closedWithin(5_000)).isTrue();
            }
            here.target().redirect(null);
            RawInitiator.loggedIn(here, "iqn.2026-11.test:m", 1, "").close();
        }
    }

    @Test
    void target_withTwoPortals_servesAtBoth_andTellsOfBoth() throws Exception {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        try (BlockDevice device = new MemoryDevice("memory", 512, 1 << 20);
                Exported exported = Exported.with(Exported.config(0, device).withPortals(List.of(any, any)))) {
            List<Integer> ports = exported.target().addresses().stream()
                    .map(InetSocketAddress::getPort)
                    .toList();
            assertThat(ports).hasSize(2).doesNotHaveDuplicates();
            for (int port : ports) {
                try (RawInitiator raw = new RawInitiator(port)) {
                    assertThat(raw.login("iqn.2026-11.test:p" + port, 1, "SessionType=Discovery\0")
                                    .statusClass())
                            .isZero();
                    raw.send(
                            new Request.Text(
                                    false, true, false, 0, raw.nextTag(), -1, raw.nextCmdSn(), raw.expStatSn()),
                            "SendTargets=All\0".getBytes(StandardCharsets.UTF_8));
                    assertThat(new String(raw.receive().data(), StandardCharsets.UTF_8))
                            .startsWith("TargetName=" + Exported.NAME + "\0TargetAddress=127.0.0.1:" + port + ",1\0")
                            .contains("127.0.0.1:" + ports.getFirst() + ",1", "127.0.0.1:" + ports.getLast() + ",1");
                }
            }
        }
    }

    @Test
    void announcedAddresses_areToldInsteadOfTheOneThatWasComeTo() throws Exception {
        try (BlockDevice device = new MemoryDevice("memory", 512, 1 << 20);
                Exported exported = Exported.with(
                        Exported.config(0, device).withAnnounced("storage.example:13260", "[2001:db8::1]:3260"));
                RawInitiator raw = RawInitiator.loggedIn(exported, Exported.INITIATOR, 1, "SessionType=Discovery\0")) {
            raw.send(
                    new Request.Text(false, true, false, 0, raw.nextTag(), -1, raw.nextCmdSn(), raw.expStatSn()),
                    "SendTargets=All\0".getBytes(StandardCharsets.UTF_8));
            String answer = new String(raw.receive().data(), StandardCharsets.UTF_8);
            assertThat(answer)
                    .isEqualTo("TargetName=" + Exported.NAME + "\0TargetAddress=storage.example:13260,1\0"
                            + "TargetAddress=[2001:db8::1]:3260,1\0");
        }
    }
}
