package dev.quoin.iscsi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.quoin.device.BlockDevice;
import dev.quoin.device.BlockIo;
import dev.quoin.device.DeviceException;
import dev.quoin.device.DeviceProvider.Access;
import dev.quoin.device.Devices;
import dev.quoin.device.MemoryDevice;
import dev.quoin.device.WriteMode;
import dev.quoin.iscsi.chap.ChapAccess;
import dev.quoin.iscsi.chap.ChapCredentials;
import dev.quoin.iscsi.chap.ChapLogin;
import dev.quoin.iscsi.chap.ChapUser;
import dev.quoin.iscsi.initiator.InitiatorConfig;
import dev.quoin.iscsi.initiator.IscsiDevice;
import dev.quoin.iscsi.portal.Portal;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.Response;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Proves over the wire who gets into a target with CHAP or an access list, and that nobody else does by any way round. */
class ChapLoginTest {

    private static final int BLOCK = 512;
    private static final int SOON_MILLIS = 5_000;
    private static final int AUTHENTICATION_FAILURE = 0x0201;
    private static final int AUTHORIZATION_FAILURE = 0x0202;
    private static final String SECRET = "correct horse battery";
    private static final String TARGET_SECRET = "the target's own secret";
    private static final ChapLogin ALICE = ChapLogin.of("alice", SECRET);

    private static final ChapAccess ACCESS = ChapAccess.of(
                    ChapUser.of("alice", SECRET),
                    ChapUser.of("bound", "another good secret").boundTo("iqn.2026-11.dev.quoin:only"))
            .withMutual(ChapCredentials.of("target", TARGET_SECRET));

    @TempDir
    Path directory;

    private MemoryDevice memory;
    private Exported exported;

    @BeforeEach
    void start() throws Exception {
        memory = new MemoryDevice("memory", BLOCK, 4 << 20);
        exported = Exported.with(Exported.config(0, memory).withChap(ACCESS));
    }

    @AfterEach
    void stop() {
        exported.close();
        memory.close();
    }

    @Test
    void rightSecret_oneWayAndMutual_readsAndWrites() throws Exception {
        for (ChapLogin login : new ChapLogin[] {ALICE, ALICE.expecting("target", TARGET_SECRET)}) {
            try (IscsiDevice device = open(config().withChap(login))) {
                BlockIo.write(device, 0, ByteBuffer.allocate(BLOCK).putInt(0, 0x600D), WriteMode.FUA);
                assertThat(BlockIo.read(device, 0, BLOCK).getInt(0)).isEqualTo(0x600D);
            }
        }
    }

    @Test
    void wrongSecret_unknownUser_andNoProof_areRefused() {
        assertRefused(config().withChap(ChapLogin.of("alice", "wrong horse battery")), "0201");
        assertRefused(config().withChap(ChapLogin.of("mallory", SECRET)), "0201");
        assertRefused(config().withChap(ChapLogin.of("target", TARGET_SECRET)), "0201");
        assertRefused(config(), "0201");
    }

    @Test
    void refusal_isLoggedWithItsReason_andWithoutASecret() {
        Logger logger = (Logger) LoggerFactory.getLogger(Portal.class);
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        log.start();
        logger.addAppender(log);
        try {
            assertRefused(config().withChap(ChapLogin.of("alice", "wrong horse battery")), "0201");
            assertRefused(config().withChap(ChapLogin.of("mallory", SECRET)), "0201");
            assertRefused(config(), "0201");
            // The line is written after the answer.
            await().until(() -> log.list.stream().filter(ChapLoginTest::denied).count() == 3);
            assertThat(log.list.stream().filter(ChapLoginTest::denied).map(ILoggingEvent::getFormattedMessage))
                    .allMatch(line -> line.contains("initiator=" + Exported.INITIATOR))
                    .noneMatch(line -> line.contains("horse"))
                    .satisfiesExactly(
                            line -> assertThat(line).contains("wrong CHAP response of user alice"),
                            line -> assertThat(line).contains("unknown CHAP user mallory"),
                            line -> assertThat(line).contains("AuthMethod None offered, CHAP expected"));
        } finally {
            logger.detachAppender(log);
        }
    }

    private static boolean denied(ILoggingEvent event) {
        return event.getFormattedMessage().startsWith("login denied") && event.getLevel() == Level.INFO;
    }

    @Test
    void falseTarget_isRefusedByTheInitiator() throws Exception {
        assertRefused(
                config().withChap(ALICE.expecting("target", "not the target's secret")),
                "wrong CHAP response of target user 'target'");
        assertRefused(config().withChap(ALICE.expecting("other", TARGET_SECRET)), "'other' expected");
        try (Exported open = Exported.devices(memory)) {
            assertThatThrownBy(() -> IscsiDevice.open(open.url(0), config().withChap(ALICE), Access.READ_WRITE)
                            .close())
                    .hasMessageContaining("whether the target asks for CHAP");
        }
        try (Exported oneWay =
                Exported.with(Exported.config(0, memory).withChap(ChapAccess.of(ChapUser.of("alice", SECRET))))) {
            assertThatThrownBy(() -> IscsiDevice.open(
                                    oneWay.url(0),
                                    config().withChap(ALICE.expecting("target", TARGET_SECRET)),
                                    Access.READ_WRITE)
                            .close())
                    .hasMessageContaining("0201");
        }
    }

    @Test
    void boundUser_mayUseItsInitiatorNameOnly() throws Exception {
        ChapLogin bound = ChapLogin.of("bound", "another good secret");
        assertRefused(config().withChap(bound), "0201");
        open(InitiatorConfig.of("iqn.2026-11.dev.quoin:ONLY").withChap(bound)).close();
    }

    @Test
    void securityStage_cannotBeLeftOut_inAnyKindOfSession() throws Exception {
        String names = "InitiatorName=" + Exported.INITIATOR + "\0TargetName=" + Exported.NAME + "\0";
        try (IscsiDevice device = open(config().withChap(ALICE))) {
            int tsih = exported.target().sessions().getFirst().tsih();
            assertThat(login(1, 3, 0, names)).isEqualTo(AUTHENTICATION_FAILURE);
            assertThat(login(1, 3, tsih, names)).isEqualTo(AUTHENTICATION_FAILURE);
            assertThat(login(0, 3, tsih, names)).isEqualTo(AUTHENTICATION_FAILURE);
            assertThat(login(0, 1, 0, names)).isEqualTo(AUTHENTICATION_FAILURE);
            assertThat(login(0, 3, 0, names + "AuthMethod=None\0")).isEqualTo(AUTHENTICATION_FAILURE);
            String discovery = "InitiatorName=" + Exported.INITIATOR + "\0SessionType=Discovery\0";
            assertThat(login(1, 3, 0, discovery)).isEqualTo(AUTHENTICATION_FAILURE);
            assertThat(login(0, 3, 0, discovery + "AuthMethod=None\0")).isEqualTo(AUTHENTICATION_FAILURE);
            assertThat(BlockIo.read(device, 0, BLOCK).remaining()).isEqualTo(BLOCK);
            assertThat(exported.target().sessions()).hasSize(1);
        }
    }

    @Test
    void transitBit_beforeTheProof_changesNothing() throws Exception {
        try (RawInitiator raw = new RawInitiator(exported.target().port())) {
            String names = "InitiatorName=" + Exported.INITIATOR + "\0TargetName=" + Exported.NAME + "\0";
            Response.LoginResponse first = send(raw, 0, 3, 0, names + "AuthMethod=CHAP\0");
            assertThat(first.statusClass()).isZero();
            assertThat(first.transit()).isFalse();
            assertThat(send(raw, 0, 3, 0, "CHAP_A=5\0").transit()).isFalse();
            Response.LoginResponse last = send(raw, 1, 3, 0, "");
            assertThat(last.statusClass()).isEqualTo(2);
            assertThat(raw.closedWithin(SOON_MILLIS)).isTrue();
        }
    }

    @Test
    void accessList_letsInWhoIsOnIt_andWhoIsAllowedLater() throws Exception {
        String upper = Exported.INITIATOR.toUpperCase(Locale.ROOT);
        try (Exported listed = Exported.with(Exported.config(0, memory).withInitiators(Set.of(upper)))) {
            listed.open(0).close();
            String other = "iqn.2026-11.dev.quoin:other";
            assertThatThrownBy(() -> IscsiDevice.open(listed.url(0), InitiatorConfig.of(other), Access.READ_WRITE)
                            .close())
                    .isInstanceOfSatisfying(
                            DeviceException.class,
                            refused -> assertThat(refused.code()).isEqualTo(DeviceException.Code.FENCED))
                    .hasMessageContaining("0202");
            try (RawInitiator raw = new RawInitiator(listed.target().port())) {
                Response.LoginResponse discovery =
                        send(raw, 1, 3, 0, "InitiatorName=" + other + "\0SessionType=Discovery\0");
                assertThat(status(discovery)).isEqualTo(AUTHORIZATION_FAILURE);
            }
            listed.target().allow(other);
            IscsiDevice.open(listed.url(0), InitiatorConfig.of(other), Access.READ_WRITE)
                    .close();
            listed.target().fence(other);
            assertThatThrownBy(() -> IscsiDevice.open(listed.url(0), InitiatorConfig.of(other), Access.READ_WRITE)
                            .close())
                    .hasMessageContaining("0202");
        }
    }

    @Test
    void url_withSecretFiles_logsIn_andWithAnOpenFileDoesNot() throws Exception {
        Path own = secret("own", SECRET);
        Path target = secret("target", TARGET_SECRET);
        String url = exported.text(0) + "?initiator=" + Exported.INITIATOR + "&chap-user=alice&chap-secret-file=" + own;
        try (BlockDevice device = Devices.open(url, Access.READ_WRITE)) {
            assertThat(device.name()).doesNotContain("chap");
        }
        String mutual = url + "&chap-target-user=target&chap-target-secret-file=";
        Devices.open(mutual + target, Access.READ_WRITE).close();
        assertThatThrownBy(() -> Devices.open(mutual + own, Access.READ_WRITE).close())
                .hasMessageContaining("different secrets");
        Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rw-r--r--"));
        assertThatThrownBy(() -> Devices.open(url, Access.READ_WRITE).close())
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("chmod 600 " + own);
    }

    private Path secret(String name, String text) throws Exception {
        Path file = Files.writeString(directory.resolve(name), text + "\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private static InitiatorConfig config() {
        return InitiatorConfig.of(Exported.INITIATOR);
    }

    private IscsiDevice open(InitiatorConfig config) throws DeviceException {
        return IscsiDevice.open(exported.url(0), config, Access.READ_WRITE);
    }

    private void assertRefused(InitiatorConfig config, String reason) {
        assertThatThrownBy(() -> open(config).close())
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining(reason)
                .hasMessageNotContaining(SECRET)
                .hasMessageNotContaining(TARGET_SECRET);
    }

    private int login(int stage, int next, int tsih, String keys) throws Exception {
        try (RawInitiator raw = new RawInitiator(exported.target().port())) {
            int status = status(send(raw, stage, next, tsih, keys));
            assertThat(raw.closedWithin(SOON_MILLIS)).isTrue();
            return status;
        }
    }

    private static Response.LoginResponse send(RawInitiator raw, int stage, int next, int tsih, String keys)
            throws Exception {
        raw.send(
                new Request.Login(true, false, stage, next, 0, 0, 0x8000_0000_0009L, tsih, 0, 0, 1, 0),
                keys.getBytes(StandardCharsets.UTF_8));
        return (Response.LoginResponse) raw.receive().header();
    }

    private static int status(Response.LoginResponse response) {
        return response.statusClass() << 8 | response.statusDetail();
    }
}
