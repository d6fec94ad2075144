package dev.quoin.iscsi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.FaultyDevice;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.PowerSupply;
import dev.quoin.iscsi.portal.PortalConfig;
import dev.quoin.iscsi.reservation.Nexus;
import dev.quoin.iscsi.reservation.PrOut;
import dev.quoin.iscsi.scsi.ScsiStatus;
import dev.quoin.iscsi.wire.Response;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Proves that portal groups keep targets apart, are told of by all means alike, and are target ports to reservations. */
@Timeout(60)
class PortalGroupsTest {

    private static final String WEB = "iqn.2026-11.test:web";
    private static final String DB = "iqn.2026-11.test:db";
    private static final int NOT_FOUND = 0x0203;
    private static final int ALL_TG_PT = 4;
    private static final int EXCLUSIVE = 3;
    private static final int EXCLUSIVE_REGISTRANTS_ONLY = 6;
    private static final byte[] BLOCK = new byte[512];

    private final BlockDevice device = new MemoryDevice("memory", 512, 1 << 20);

    @AfterEach
    void closeDevice() {
        device.close();
    }

    private static int status(RawInitiator raw) throws IOException {
        return raw.status().status();
    }

    private static int write(RawInitiator raw) throws IOException {
        raw.send(raw.write(0, 1, true, BLOCK.length), BLOCK);
        return status(raw);
    }

    private static int reserveOut(RawInitiator raw, int action, int type, long own, long other, int flags)
            throws IOException {
        ByteBuffer list = ByteBuffer.allocate(PrOut.LIST_LENGTH)
                .putLong(own)
                .putLong(other)
                .put(20, (byte) flags);
        long high = 0x5FL << 56 | (long) action << 48 | (long) type << 40;
        raw.send(raw.command(false, true, true, PrOut.LIST_LENGTH, high, (long) PrOut.LIST_LENGTH << 56), list.array());
        return status(raw);
    }

    private static ByteBuffer data(RawInitiator raw, long high, long low) throws IOException {
        raw.send(raw.command(true, false, true, 1024, high, low));
        RawInitiator.Received received = raw.receive();
        assertThat(received.header()).isInstanceOf(Response.DataIn.class);
        return ByteBuffer.wrap(received.data());
    }

    @Test
    void login_isToldItsGroup_andRefusedThroughOthers() throws Exception {
        try (Hosted hosted = Hosted.of(
                Hosted.portals(1, 2, 2),
                Hosted.target("both", 0, device),
                Hosted.target("second", 1, device).withPortalGroups(Set.of(2)))) {
            assertThat(hosted.attempt(0, "both", WEB, 1, "").keys()).contains("TargetPortalGroupTag=1\0");
            assertThat(hosted.attempt(1, "both", WEB, 1, "").keys()).contains("TargetPortalGroupTag=2\0");
            assertThat(hosted.attempt(0, "second", WEB, 1, "").status()).isEqualTo(NOT_FOUND);
            assertThat(hosted.attempt(2, "second", WEB, 1, "").status()).isZero();
            String first = address(hosted, 0) + ",1\0";
            String others = address(hosted, 1) + ",2\0" + address(hosted, 2) + ",2\0";
            assertThat(hosted.discover(0, WEB, "All", ""))
                    .isEqualTo("TargetName=" + Hosted.name("both") + "\0" + first + others + "TargetName="
                            + Hosted.name("second") + "\0" + others);
            assertThat(hosted.discover(2, WEB, Hosted.name("second"), ""))
                    .as("the portal that was come to is first")
                    .isEqualTo("TargetName=" + Hosted.name("second") + "\0" + address(hosted, 2) + ",2\0"
                            + address(hosted, 1) + ",2\0");
        }
    }

    private static String address(Hosted hosted, int portal) {
        return "TargetAddress=127.0.0.1:" + hosted.port(portal);
    }

    @Test
    void portsOfATarget_areTheSame_inAllThatTellsOfThem() throws Exception {
        try (Hosted hosted = Hosted.of(
                        Hosted.portals(1, 2, 3),
                        Hosted.target("other", 0, device),
                        Hosted.target("some", 5, device).withPortalGroups(Set.of(3, 2)));
                RawInitiator raw = hosted.login(2, "some", WEB, 1)) {
            ByteBuffer groups = data(raw, 0xA30AL << 48 | 0x04L << 8, 0);
            List<Integer> told = new ArrayList<>();
            for (int at = 4; at < 4 + groups.getInt(0); at += 12) {
                assertThat(groups.get(at + 7)).as("ports of the group").isEqualTo((byte) 1);
                assertThat(groups.getShort(at + 10)).isEqualTo(groups.getShort(at + 2));
                told.add((int) groups.getShort(at + 2));
            }
            assertThat(told).containsExactly(0x0502, 0x0503);
            ByteBuffer page = data(raw, 0x12_01_83_04L << 32, 0);
            List<Integer> identified = new ArrayList<>();
            String name = "";
            for (int at = 4; at < 4 + page.getShort(2); at += 4 + page.get(at + 3)) {
                switch (page.get(at + 1) & 0xFF) {
                    case 0x94, 0x95 -> identified.add(page.getInt(at + 4));
                    case 0x98 -> {
                        byte[] text = new byte[page.get(at + 3)];
                        page.get(at + 4, text);
                        name = new String(text, StandardCharsets.UTF_8);
                    }
                    default -> {}
                }
            }
            assertThat(identified).containsExactly(0x0503, 0x0503);
            assertThat(name.replace("\0", "")).isEqualTo(Hosted.name("some") + ",t,0x0003");
        }
    }

    @Test
    void sameInitiatorPort_throughTwoGroups_hasTwoSessions_andTwoRegistrations() throws Exception {
        try (Hosted hosted = Hosted.of(Hosted.portals(1, 2), Hosted.target("both", 0, device));
                RawInitiator one = hosted.login(0, "both", WEB, 1);
                RawInitiator two = hosted.login(1, "both", WEB, 1)) {
            assertThat(write(one)).as("it was not replaced").isEqualTo(ScsiStatus.GOOD);
            assertThat(reserveOut(one, PrOut.REGISTER, 0, 0, 0xA1, 0)).isEqualTo(ScsiStatus.GOOD);
            assertThat(reserveOut(one, PrOut.RESERVE, EXCLUSIVE_REGISTRANTS_ONLY, 0xA1, 0, 0))
                    .isEqualTo(ScsiStatus.GOOD);
            assertThat(write(two)).as("not registered").isEqualTo(ScsiStatus.RESERVATION_CONFLICT);
            assertThat(reserveOut(two, PrOut.REGISTER, 0, 0, 0xA1, 0)).isEqualTo(ScsiStatus.GOOD);
            assertThat(write(two)).isEqualTo(ScsiStatus.GOOD);
            ByteBuffer full = data(one, 0x5EL << 56 | 3L << 48 | 0x04L, 0);
            assertThat(full.getShort(8 + 18)).isEqualTo((short) 1);
            int next = 8 + 24 + full.getInt(8 + 20);
            assertThat(full.getShort(next + 18)).isEqualTo((short) 2);
        }
    }

    @Test
    void registrationForAllPorts_isForThoseOfItsTarget_alone() throws Exception {
        try (Hosted hosted = Hosted.of(
                        Hosted.portals(1, 2), Hosted.target("both", 0, device), Hosted.target("other", 1, device));
                RawInitiator one = hosted.login(0, "both", WEB, 1);
                RawInitiator two = hosted.login(1, "both", WEB, 1);
                RawInitiator other = hosted.login(0, "other", WEB, 1);
                RawInitiator db = hosted.login(1, "other", DB, 1)) {
            assertThat(reserveOut(one, PrOut.REGISTER, 0, 0, 0xA1, ALL_TG_PT)).isEqualTo(ScsiStatus.GOOD);
            assertThat(reserveOut(two, PrOut.RESERVE, EXCLUSIVE_REGISTRANTS_ONLY, 0xA1, 0, 0))
                    .isEqualTo(ScsiStatus.GOOD);
            assertThat(write(one)).isEqualTo(ScsiStatus.GOOD);
            assertThat(write(two)).isEqualTo(ScsiStatus.GOOD);
            assertThat(write(other)).isEqualTo(ScsiStatus.RESERVATION_CONFLICT);

            // Who is preempted through one target is cut off at the other.
            assertThat(reserveOut(db, PrOut.REGISTER, 0, 0, 0xB2, 0)).isEqualTo(ScsiStatus.GOOD);
            assertThat(reserveOut(db, PrOut.PREEMPT_AND_ABORT, EXCLUSIVE_REGISTRANTS_ONLY, 0xB2, 0xA1, 0))
                    .isEqualTo(ScsiStatus.GOOD);
            for (RawInitiator victim : List.of(one, two)) {
                assertThat(write(victim)).as("told that it is fenced").isEqualTo(ScsiStatus.CHECK_CONDITION);
                assertThat(write(victim)).isEqualTo(ScsiStatus.RESERVATION_CONFLICT);
            }
            assertThat(write(db)).isEqualTo(ScsiStatus.GOOD);

            // Both registrations end with one order.
            assertThat(reserveOut(one, PrOut.REGISTER, 0, 0, 0xA1, ALL_TG_PT)).isEqualTo(ScsiStatus.GOOD);
            assertThat(reserveOut(two, PrOut.REGISTER, 0, 0xA1, 0, ALL_TG_PT)).isEqualTo(ScsiStatus.GOOD);
            assertThat(data(db, 0x5EL << 56 | 0x04L, 0).getInt(4)).as("one key").isEqualTo(8);
        }
    }

    @Test
    void reservation_movesToAnotherPortOfTheTarget() throws Exception {
        try (Hosted hosted = Hosted.of(Hosted.portals(1, 2), Hosted.target("both", 0, device));
                RawInitiator one = hosted.login(0, "both", WEB, 1);
                RawInitiator two = hosted.login(1, "both", WEB, 1)) {
            assertThat(reserveOut(one, PrOut.REGISTER, 0, 0, 0xA1, 0)).isEqualTo(ScsiStatus.GOOD);
            assertThat(reserveOut(one, PrOut.RESERVE, EXCLUSIVE, 0xA1, 0, 0)).isEqualTo(ScsiStatus.GOOD);
            assertThat(move(one, 9)).as("no such port").isEqualTo(ScsiStatus.CHECK_CONDITION);
            assertThat(move(one, 2)).isEqualTo(ScsiStatus.GOOD);
            assertThat(write(two)).isEqualTo(ScsiStatus.GOOD);
            assertThat(write(one)).isEqualTo(ScsiStatus.RESERVATION_CONFLICT);
        }
    }

    /** REGISTER AND MOVE to the same initiator port through another target port. */
    private static int move(RawInitiator raw, int targetPort) throws IOException {
        byte[] id = new Nexus(WEB, 1, targetPort).transportId();
        int length = PrOut.LIST_LENGTH + id.length;
        byte[] list = ByteBuffer.allocate(length)
                .putLong(0xA1)
                .putLong(0xA2)
                .putShort(18, (short) targetPort)
                .putInt(20, id.length)
                .put(24, id)
                .array();
        long high = 0x5FL << 56 | (long) PrOut.REGISTER_AND_MOVE << 48;
        raw.send(raw.command(false, true, true, length, high, (long) length << 56), list);
        return status(raw);
    }

    @Test
    void preemptAndAbort_waitsForWritesOfTheVictim_throughAnotherTarget() throws Exception {
        try (FaultyDevice slow = new FaultyDevice(new MemoryDevice("slow", 512, 1 << 20), new PowerSupply(1));
                Hosted hosted =
                        Hosted.of(Hosted.portals(1), Hosted.target("one", 0, slow), Hosted.target("two", 1, slow));
                RawInitiator victim = hosted.login(0, "one", WEB, 1);
                RawInitiator db = hosted.login(0, "two", DB, 1)) {
            assertThat(reserveOut(victim, PrOut.REGISTER, 0, 0, 0xA1, 0)).isEqualTo(ScsiStatus.GOOD);
            assertThat(reserveOut(db, PrOut.REGISTER, 0, 0, 0xB2, 0)).isEqualTo(ScsiStatus.GOOD);
            slow.hang();
            victim.send(victim.write(0, 1, true, BLOCK.length), BLOCK);
            victim.send(victim.testUnitReady());
            assertThat(status(victim)).as("the write is in the device").isEqualTo(ScsiStatus.GOOD);
            CompletableFuture<Integer> preempted = CompletableFuture.supplyAsync(() -> {
                try {
                    return reserveOut(db, PrOut.PREEMPT_AND_ABORT, EXCLUSIVE, 0xB2, 0xA1, 0);
                } catch (IOException broken) {
                    throw new UncheckedIOException(broken);
                }
            });
            // The victim is told at once, the answer waits for its write.
            await().atMost(Duration.ofSeconds(10)).until(() -> {
                victim.send(victim.testUnitReady());
                return status(victim) == ScsiStatus.CHECK_CONDITION;
            });
            assertThat(preempted).isNotDone();
            slow.resume();
            assertThat(preempted.get(10, TimeUnit.SECONDS)).isEqualTo(ScsiStatus.GOOD);
        }
    }

    @Test
    void groupsAndPortals_comeAndGo_whileTheServerRuns() throws Exception {
        try (Hosted hosted = Hosted.of(Hosted.portals(1), Hosted.target("both", 0, device));
                RawInitiator first = hosted.login(0, "both", WEB, 1)) {
            PortalInfo added = hosted.server()
                    .addPortal(PortalConfig.of(2, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
            assertThat(hosted.discover(0, WEB, "All", ""))
                    .contains(":" + added.address().getPort() + ",2\0");
            try (RawInitiator second = hosted.login(1, "both", WEB, 1)) {
                hosted.target("both").portalGroups(Set.of(1)).get(10, TimeUnit.SECONDS);
                assertThat(second.closedWithin(5_000)).isTrue();
            }
            assertThat(hosted.attempt(1, "both", WEB, 1, "").status()).isEqualTo(NOT_FOUND);
            hosted.target("both").portalGroups(Set.of());
            try (RawInitiator second = hosted.login(1, "both", WEB, 1)) {
                hosted.server().removePortal(added.address()).orElseThrow().get(10, TimeUnit.SECONDS);
                assertThat(second.closedWithin(5_000)).isTrue();
            }
            assertThatThrownBy(() -> new RawInitiator(added.address().getPort()))
                    .isInstanceOf(IOException.class);
            assertThat(hosted.server().removePortal(added.address())).isEmpty();
            assertThat(write(first)).isEqualTo(ScsiStatus.GOOD);
        }
    }

    @Test
    void tags_outOfRange_areRefused() {
        for (int tag : new int[] {0, 256, -1}) {
            assertThatThrownBy(() -> Hosted.portals(tag)).hasMessageContaining("1 to 255 expected");
            assertThatThrownBy(() -> Hosted.target("x", 0, device).withPortalGroups(Set.of(tag)))
                    .hasMessageContaining("1 to 255 expected");
        }
        assertThatThrownBy(() -> Hosted.target("x", 256, device)).hasMessageContaining("0 to 255 expected");
    }
}
