package dev.quoin.iscsi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.quoin.device.BlockDevice;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceProvider;
import dev.quoin.device.MemoryDevice;
import dev.quoin.iscsi.chap.ChapAccess;
import dev.quoin.iscsi.chap.ChapLogin;
import dev.quoin.iscsi.chap.ChapUser;
import dev.quoin.iscsi.initiator.InitiatorConfig;
import dev.quoin.iscsi.initiator.IscsiDevice;
import dev.quoin.iscsi.initiator.IscsiUrl;
import dev.quoin.iscsi.login.LoginStatus;
import dev.quoin.iscsi.scsi.LogicalUnit;
import dev.quoin.iscsi.scsi.ScsiStatus;
import dev.quoin.iscsi.scsi.UnitIdentity;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.Response;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Proves that the targets of one server are apart: names, access, units, sessions; and that a unit which two of them export is one. */
@Timeout(60)
class ManyTargetsTest {

    private static final String WEB = "iqn.2026-11.test:web";
    private static final String DB = "iqn.2026-11.test:db";
    private static final int NOT_FOUND = code(LoginStatus.NOT_FOUND);
    private static final int NOT_LISTED = code(LoginStatus.AUTHORIZATION_FAILURE);
    private static final byte[] BLOCK = new byte[512];

    private final BlockDevice first = new MemoryDevice("first", 512, 1 << 20);
    private final BlockDevice second = new MemoryDevice("second", 512, 2 << 20);

    @AfterEach
    void closeDevices() {
        first.close();
        second.close();
    }

    private static int code(LoginStatus status) {
        return status.statusClass() << 8 | status.statusDetail();
    }

    private static long lastBlock(RawInitiator raw) throws IOException {
        raw.send(raw.command(true, false, true, 8, 0x25L << 56, 0));
        RawInitiator.Received received = raw.receive();
        return received.header() instanceof Response.DataIn
                ? ByteBuffer.wrap(received.data()).getInt(0)
                : -1;
    }

    private static int write(RawInitiator raw) throws IOException {
        raw.send(raw.write(0, 1, true, BLOCK.length), BLOCK);
        return raw.status().status();
    }

    /** What TEST UNIT READY comes to: 0, or the additional sense code and qualifier. */
    private static int ready(RawInitiator raw) throws IOException {
        raw.send(raw.testUnitReady());
        RawInitiator.Received received = raw.receive();
        return ((Response.ScsiResponse) received.header()).status() == ScsiStatus.GOOD
                ? 0
                : ByteBuffer.wrap(received.data()).getShort(2 + 12);
    }

    @Test
    void login_isRoutedByTheName_andSeesTheUnitsOfThatTarget() throws Exception {
        try (Hosted hosted =
                        Hosted.of(Hosted.portals(1), Hosted.target("one", 0, first), Hosted.target("two", 1, second));
                RawInitiator one = hosted.login(0, "one", WEB, 1);
                RawInitiator two = hosted.login(0, "two", WEB, 1)) {
            assertThat(lastBlock(one)).isEqualTo((1 << 20) / 512 - 1);
            assertThat(lastBlock(two)).isEqualTo((2 << 20) / 512 - 1);
            assertThat(hosted.target("one").sessions())
                    .singleElement()
                    .satisfies(session -> assertThat(session.targetName()).isEqualTo(Hosted.name("one")));
            assertThat(hosted.target("two").sessions()).hasSize(1);
            assertThat(hosted.attempt(0, "three", WEB, 1, "").status()).isEqualTo(NOT_FOUND);
            assertThat(hosted.attempt(0, "TWO", WEB, 2, "").status())
                    .as("names have no case")
                    .isZero();
        }
    }

    @Test
    void targetThatAnInitiatorMayNotUse_refusesIt_andIsNotTold() throws Exception {
        try (Hosted hosted = Hosted.of(
                Hosted.portals(1),
                Hosted.target("one", 0, first).withAccess(AccessList.of(Set.of(WEB))),
                Hosted.target("two", 1, second).withAccess(AccessList.of(Set.of(DB, WEB))))) {
            assertThat(hosted.attempt(0, "one", DB, 1, "").status()).isEqualTo(NOT_LISTED);
            assertThat(hosted.attempt(0, "one", WEB.toUpperCase(Locale.ROOT), 1, "")
                            .status())
                    .isZero();
            assertThat(hosted.discover(0, DB, "All", ""))
                    .contains(Hosted.name("two"))
                    .doesNotContain(Hosted.name("one"));
            assertThat(hosted.discover(0, DB, Hosted.name("one"), "")).isEmpty();
            assertThat(hosted.discover(0, WEB, "All", "")).contains(Hosted.name("one"), Hosted.name("two"));
            assertThatThrownBy(() -> hosted.discover(0, "iqn.2026-11.test:nobody", "All", ""))
                    .hasMessageContaining("statusClass=2, statusDetail=2");
        }
    }

    @Test
    void accessThatIsTakenAway_endsTheSessions_ofThatInitiatorAtThatTarget() throws Exception {
        try (Hosted hosted =
                        Hosted.of(Hosted.portals(1), Hosted.target("one", 0, first), Hosted.target("two", 1, second));
                RawInitiator web = hosted.login(0, "one", WEB, 1);
                RawInitiator webAtTwo = hosted.login(0, "two", WEB, 1);
                RawInitiator db = hosted.login(0, "one", DB, 1)) {
            hosted.target("one").access(AccessList.of(Set.of(DB))).get(10, TimeUnit.SECONDS);
            assertThat(web.closedWithin(5_000)).isTrue();
            assertThat(ready(db)).isZero();
            assertThat(ready(webAtTwo)).isZero();
            assertThat(hosted.attempt(0, "one", WEB, 1, "").status()).isEqualTo(NOT_LISTED);
            hosted.target("one").access(AccessList.of(Set.of()));
            assertThat(db.closedWithin(5_000)).as("an empty list is for nobody").isTrue();
        }
    }

    @Test
    void chap_isAskedForByTheTargetsThatHaveUsers_alone() throws Exception {
        ChapAccess alice = ChapAccess.of(ChapUser.of("alice", "a secret of alice's"));
        ChapAccess bob = ChapAccess.of(ChapUser.of("bob", "a secret of bob's own"));
        try (Hosted hosted = Hosted.of(
                Hosted.portals(1),
                Hosted.target("one", 0, first),
                Hosted.target("two", 1, second).withChap(alice),
                Hosted.target("three", 2, second).withChap(bob))) {
            int refused = code(LoginStatus.AUTHENTICATION_FAILURE);
            assertThat(hosted.attempt(0, "one", WEB, 1, "").status()).isZero();
            assertThat(hosted.attempt(0, "two", WEB, 1, "").status()).isEqualTo(refused);
            ChapLogin login = ChapLogin.of("alice", "a secret of alice's");
            open(hosted, "two", login).close();
            assertThatThrownBy(() -> open(hosted, "three", login).close()).hasMessageContaining("0201");
        }
    }

    private static IscsiDevice open(Hosted hosted, String which, ChapLogin login) throws DeviceException {
        return IscsiDevice.open(
                new IscsiUrl("127.0.0.1", hosted.port(0), Hosted.name(which), 0, null),
                InitiatorConfig.of(WEB).withChap(login),
                DeviceProvider.Access.READ_WRITE);
    }

    @Test
    void maskedUnit_isWithdrawnAtOnce_andSessionsAreTold() throws Exception {
        try (Hosted hosted = Hosted.of(Hosted.portals(1), Hosted.target("one", 0, first));
                RawInitiator web = hosted.login(0, "one", WEB, 1);
                RawInitiator db = hosted.login(0, "one", DB, 1)) {
            hosted.target("one").addUnit(new LogicalUnit(1, second, UnitIdentity.of("second")));
            assertThat(ready(web)).isEqualTo(0x3F0E);
            hosted.target("one")
                    .maskUnit(0, Set.of(DB.toUpperCase(Locale.ROOT)))
                    .get(10, TimeUnit.SECONDS);
            assertThat(ready(web)).as("no such unit").isEqualTo(0x2500);
            assertThat(ready(db)).isEqualTo(0x3F0E);
            assertThat(ready(db)).isZero();
            assertThatThrownBy(() -> hosted.target("one").maskUnit(7, Set.of()))
                    .hasMessageContaining("unit 7 not found, one of [0, 1] expected");
        }
    }

    @Test
    void targetsComeAndGo_withoutHarmToOthers() throws Exception {
        try (Hosted hosted = Hosted.of(Hosted.portals(1), Hosted.target("one", 0, first));
                RawInitiator one = hosted.login(0, "one", WEB, 1)) {
            hosted.server().addTarget(Hosted.target("two", 1, second));
            assertThatThrownBy(() -> hosted.server().addTarget(Hosted.target("two", 2, second)))
                    .hasMessageContaining("another name and number");
            assertThatThrownBy(() -> hosted.server().addTarget(Hosted.target("three", 1, second)))
                    .hasMessageContaining("another name and number");
            try (RawInitiator two = hosted.login(0, "two", WEB, 1)) {
                hosted.target("two").close();
                assertThat(two.closedWithin(5_000)).isTrue();
            }
            assertThat(hosted.attempt(0, "two", WEB, 1, "").status()).isEqualTo(NOT_FOUND);
            assertThat(ready(one)).isZero();
            assertThat(hosted.discover(0, WEB, "All", "")).doesNotContain(Hosted.name("two"));
        }
    }

    @Test
    void fencedInitiator_isKeptOffEveryTarget_alsoOfThoseToCome() throws Exception {
        try (Hosted hosted = Hosted.of(Hosted.portals(1), Hosted.target("one", 0, first));
                RawInitiator web = hosted.login(0, "one", WEB, 1)) {
            hosted.server().fenceAsync(WEB).get(10, TimeUnit.SECONDS);
            assertThat(web.closedWithin(5_000)).isTrue();
            hosted.server().addTarget(Hosted.target("two", 1, second));
            int refused = code(LoginStatus.AUTHORIZATION_FAILURE);
            assertThat(hosted.attempt(0, "one", WEB, 1, "").status()).isEqualTo(refused);
            assertThat(hosted.attempt(0, "two", WEB, 1, "").status()).isEqualTo(refused);
            assertThat(hosted.attempt(0, "one", WEB, 1, "SessionType=Discovery\0")
                            .status())
                    .isEqualTo(refused);
            hosted.server().unfence(WEB);
            assertThat(hosted.attempt(0, "two", WEB, 1, "").status()).isZero();
        }
    }

    @Test
    void unitOfTwoTargets_isOneUnit_forReservationsAndResets() throws Exception {
        try (Hosted hosted = Hosted.of(
                        Hosted.portals(1), Hosted.target("one", 0, first), Hosted.target("two", 1, second, first));
                RawInitiator web = hosted.login(0, "one", WEB, 1);
                RawInitiator same = hosted.login(0, "two", WEB, 1);
                RawInitiator db = hosted.login(0, "two", DB, 1)) {
            // RESERVE (6) through the one target keeps everybody off at the other, where the unit has another number.
            web.send(web.command(false, false, true, 0, 0x16L << 56, 0));
            assertThat(web.status().status()).isEqualTo(ScsiStatus.GOOD);
            assertThat(writeAt(db, 1)).isEqualTo(ScsiStatus.RESERVATION_CONFLICT);
            assertThat(writeAt(same, 1)).as("another nexus").isEqualTo(ScsiStatus.RESERVATION_CONFLICT);
            assertThat(write(db)).as("another unit").isEqualTo(ScsiStatus.GOOD);

            db.send(new Request.TaskManagement(
                    true,
                    Request.TaskManagement.LOGICAL_UNIT_RESET,
                    1L << 48,
                    db.nextTag(),
                    0,
                    1000,
                    db.expStatSn(),
                    0,
                    0));
            assertThat(((Response.TaskManagementResponse) db.receive().header()).response())
                    .isZero();
            assertThat(ready(web)).as("told of the reset").isEqualTo(0x2903);
            assertThat(writeAt(same, 1)).as("told of the reset").isEqualTo(ScsiStatus.CHECK_CONDITION);
            assertThat(writeAt(same, 1)).isEqualTo(ScsiStatus.GOOD);
        }
    }

    private static int writeAt(RawInitiator raw, long lun) throws IOException {
        raw.send(
                new Request.ScsiCommand(
                        false,
                        true,
                        false,
                        true,
                        1,
                        lun << 48,
                        raw.nextTag(),
                        BLOCK.length,
                        raw.nextCmdSn(),
                        raw.expStatSn(),
                        0x2AL << 56,
                        1L << 56),
                BLOCK);
        return raw.status().status();
    }

    @Test
    void reservation_doesNotOutliveTheWayByWhichItWasMade() throws Exception {
        try (Hosted hosted =
                        Hosted.of(Hosted.portals(1), Hosted.target("one", 0, first), Hosted.target("two", 1, first));
                RawInitiator web = hosted.login(0, "one", WEB, 1);
                RawInitiator db = hosted.login(0, "two", DB, 1)) {
            web.send(web.command(false, false, true, 0, 0x16L << 56, 0));
            assertThat(web.status().status()).isEqualTo(ScsiStatus.GOOD);
            assertThat(write(db)).isEqualTo(ScsiStatus.RESERVATION_CONFLICT);
            hosted.target("one").removeUnit(0).get(10, TimeUnit.SECONDS);
            assertThat(write(db)).isEqualTo(ScsiStatus.GOOD);
        }
    }

    @Test
    void serialNumber_ofAnotherDevice_isRefused() throws Exception {
        try (Hosted hosted = Hosted.of(Hosted.portals(1), Hosted.target("one", 0, first))) {
            assertThatThrownBy(() -> hosted.server()
                            .addTarget(TargetDefinition.of(
                                    Hosted.name("two"),
                                    1,
                                    List.of(new LogicalUnit(0, second, UnitIdentity.of("first"))))))
                    .hasMessageContaining("serial number 'first' on device second found, device first expected");
            hosted.server().addTarget(Hosted.target("two", 1, second));
        }
    }

    @Test
    void connections_oneMoreThanThereMayBe_isRefused() throws Exception {
        try (Hosted hosted = Hosted.of(Hosted.portals(1).withConnectionsMax(2), Hosted.target("one", 0, first));
                RawInitiator web = hosted.login(0, "one", WEB, 1);
                RawInitiator db = hosted.login(0, "one", DB, 1)) {
            assertThat(hosted.attempt(0, "one", DB, 2, "").status()).isEqualTo(code(LoginStatus.OUT_OF_RESOURCES));
            assertThat(ready(web)).isZero();
            assertThat(ready(db)).isZero();
        }
    }
}
