package dev.quoin.iscsi.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.TextKeys;
import dev.quoin.property.Property;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Proves which logins succeed and with what parameters, and that every other one is refused with the right status. */
class LoginMachineTest {

    private static final String NAMES = "InitiatorName=iqn.x:i\0TargetName=iqn.x:t\0SessionType=Normal\0";

    private static final int SESSION = 7;
    private static final SessionParameters SETTLED =
            new SessionParameters(2, false, false, false, true, 8192, 65_536, 16_384, 1, 5, 0);

    /** A target with everything but proofs. */
    static final class Policy implements LoginPolicy {
        @Override
        public Verdict judge(Applicant applicant) {
            String target = applicant.targetName();
            return switch (applicant.initiatorName()) {
                case "iqn.x:fenced" -> new Denied(LoginStatus.AUTHORIZATION_FAILURE, "fenced");
                case "iqn.x:moved" -> new Moved(LoginStatus.TARGET_MOVED_TEMPORARILY, "other.example:3261");
                case "iqn.x:gone" -> new Moved(LoginStatus.TARGET_MOVED_PERMANENTLY, "other.example:3262");
                default ->
                    target == null || target.equals("iqn.x:t")
                            ? new Accepted(new NoAuthentication(), 128, applicant.tsih() == SESSION ? SETTLED : null)
                            : new Denied(LoginStatus.NOT_FOUND, "no such target");
            };
        }

        @Override
        public int portalGroup() {
            return 1;
        }

        @Override
        public String incarnation() {
            return "run-1";
        }
    }

    private final LoginMachine machine = new LoginMachine(new Policy());

    @Test
    void login_inBothStages_isEstablishedWithWhatWasAgreed() {
        LoginMachine.Continue security = (LoginMachine.Continue) step(0, 1, NAMES + "AuthMethod=CHAP,None\0");
        assertThat(text(security.data())).isEqualTo("TargetPortalGroupTag=1\0AuthMethod=None\0");
        assertThat(security.response().transit()).isTrue();
        assertThat(security.response().statSn()).isEqualTo(50);
        LoginMachine.Established done = (LoginMachine.Established) step(
                1,
                3,
                "HeaderDigest=CRC32C,None\0DataDigest=None\0InitialR2T=No\0ImmediateData=Yes\0"
                        + "MaxRecvDataSegmentLength=0x10000\0MaxBurstLength=16776192\0FirstBurstLength=262144\0"
                        + "MaxOutstandingR2T=1\0DefaultTime2Wait=5\0Unheard=1\0X-dev.quoin.incarnation=?\0");
        assertThat(text(done.data()))
                .isEqualTo("HeaderDigest=CRC32C\0DataDigest=None\0InitialR2T=No\0ImmediateData=Yes\0"
                        + "MaxBurstLength=1048576\0FirstBurstLength=262144\0MaxOutstandingR2T=1\0DefaultTime2Wait=5\0"
                        + "Unheard=NotUnderstood\0X-dev.quoin.incarnation=run-1\0MaxRecvDataSegmentLength=262144\0");
        assertThat(done.result())
                .isEqualTo(new LoginResult(
                        "iqn.x:i",
                        "iqn.x:t",
                        1,
                        false,
                        0x8000_0000_0001L,
                        0,
                        0,
                        7,
                        52,
                        new SessionParameters(1, true, false, false, true, 65_536, 1 << 20, 262_144, 1, 5, 0)));
        assertThat(done.response().maxCmdSn()).isEqualTo(7 + 127);
    }

    @Test
    void login_withoutSecurityStage_isEstablishedWithDefaults() {
        LoginMachine.Established done = (LoginMachine.Established) step(1, 3, NAMES);
        assertThat(text(done.data())).isEqualTo("TargetPortalGroupTag=1\0MaxRecvDataSegmentLength=262144\0");
        assertThat(done.result().parameters())
                .isEqualTo(new SessionParameters(1, false, false, true, true, 8192, 262_144, 65_536, 1, 2, 0));
    }

    @Test
    void discovery_isEstablished_andBurstsAreIrrelevant() {
        LoginMachine.Established done = (LoginMachine.Established)
                step(1, 3, "InitiatorName=iqn.x:i\0SessionType=Discovery\0InitialR2T=No\0MaxConnections=4\0");
        assertThat(text(done.data()))
                .isEqualTo("InitialR2T=Irrelevant\0MaxConnections=Irrelevant\0MaxRecvDataSegmentLength=262144\0");
        assertThat(done.result().discovery()).isTrue();
    }

    @Test
    void keysInParts_withTheCBit_areOneText() {
        String all = NAMES + "ImmediateData=No\0";
        int cut = all.indexOf("TargetName=") + 5;
        LoginMachine.Continue first = (LoginMachine.Continue) machine.receive(
                request(false, true, 1, 0), all.substring(0, cut).getBytes(StandardCharsets.UTF_8));
        assertThat(first.data()).isEmpty();
        LoginMachine.Established done = (LoginMachine.Established) step(1, 3, all.substring(cut));
        assertThat(done.result().parameters().immediateData()).isFalse();
    }

    @Test
    void badValues_areRejected_andLeaveTheDefault() {
        LoginMachine.Established done = (LoginMachine.Established) step(
                1,
                3,
                NAMES + "MaxBurstLength=511\0FirstBurstLength=-1\0MaxRecvDataSegmentLength=99999999999\0"
                        + "InitialR2T=maybe\0HeaderDigest=[\0MaxOutstandingR2T=0x\0DefaultTime2Wait=\0");
        assertThat(text(done.data()))
                .contains("MaxBurstLength=Reject")
                .contains("FirstBurstLength=Reject")
                .contains("MaxRecvDataSegmentLength=Reject")
                .contains("InitialR2T=Reject")
                .contains("HeaderDigest=Reject")
                .contains("MaxOutstandingR2T=Reject")
                .contains("DefaultTime2Wait=Reject");
        assertThat(done.result().parameters())
                .isEqualTo(new SessionParameters(1, false, false, true, true, 8192, 262_144, 65_536, 1, 2, 0));
    }

    @Test
    void laterConnection_settlesWhatIsItsOwn_andKeepsWhatIsTheSessions() {
        LoginMachine.Established done = (LoginMachine.Established) machine.receive(
                joining(SESSION),
                (NAMES + "HeaderDigest=CRC32C\0MaxRecvDataSegmentLength=65536\0MaxConnections=8\0InitialR2T=No\0"
                                + "ImmediateData=No\0MaxBurstLength=262144\0FirstBurstLength=8192\0MaxOutstandingR2T=4\0"
                                + "DefaultTime2Wait=6\0")
                        .getBytes(StandardCharsets.UTF_8));
        assertThat(text(done.data()))
                .isEqualTo("TargetPortalGroupTag=1\0HeaderDigest=CRC32C\0MaxConnections=2\0InitialR2T=No\0"
                        + "ImmediateData=Reject\0MaxBurstLength=65536\0FirstBurstLength=Reject\0MaxOutstandingR2T=1\0"
                        + "DefaultTime2Wait=Reject\0MaxRecvDataSegmentLength=262144\0");
        assertThat(done.result().tsih()).isEqualTo(SESSION);
        assertThat(SETTLED.on(done.result().parameters()))
                .isEqualTo(new SessionParameters(2, true, false, false, true, 65_536, 65_536, 16_384, 1, 5, 0));
    }

    @Test
    void numberOfConnections_isThatOfTheOffer_upToTheLimit() {
        for (int offered : new int[] {1, 3, 100}) {
            LoginMachine subject = new LoginMachine(new Policy());
            LoginMachine.Established done = (LoginMachine.Established) subject.receive(
                    request(true, false, 1, 3),
                    (NAMES + "MaxConnections=" + offered + "\0").getBytes(StandardCharsets.UTF_8));
            int expected = Math.min(offered, Negotiation.CONNECTIONS_MAX);
            assertThat(text(done.data())).contains("MaxConnections=" + expected + "\0");
            assertThat(done.result().parameters().maxConnections()).isEqualTo(expected);
        }
    }

    @Test
    void badLogins_areRefused_withTheirStatus() {
        assertRefused(LoginStatus.MISSING_PARAMETER, 1, "TargetName=iqn.x:t\0");
        assertRefused(LoginStatus.MISSING_PARAMETER, 1, "InitiatorName=iqn.x:i\0");
        assertRefused(LoginStatus.NOT_FOUND, 1, "InitiatorName=iqn.x:i\0TargetName=iqn.x:other\0");
        assertRefused(LoginStatus.TARGET_MOVED_TEMPORARILY, 1, "InitiatorName=iqn.x:moved\0TargetName=iqn.x:t\0");
        assertRefused(LoginStatus.AUTHORIZATION_FAILURE, 1, "InitiatorName=iqn.x:fenced\0TargetName=iqn.x:t\0");
        assertRefused(LoginStatus.TARGET_MOVED_PERMANENTLY, 1, "InitiatorName=iqn.x:gone\0TargetName=iqn.x:t\0");
        assertRefused(LoginStatus.INITIATOR_ERROR, 1, "InitiatorName=iqn.x:i\nfake\0TargetName=iqn.x:t\0");
        assertRefused(LoginStatus.AUTHENTICATION_FAILURE, 0, NAMES + "AuthMethod=CHAP\0");
        assertRefused(LoginStatus.AUTHENTICATION_FAILURE, 0, NAMES + "AuthMethod=\0");
        assertRefused(LoginStatus.SESSION_TYPE_NOT_SUPPORTED, 1, "InitiatorName=iqn.x:i\0SessionType=Odd\0");
        assertRefused(LoginStatus.INITIATOR_ERROR, 1, NAMES + "ImmediateData=No\0ImmediateData=No\0");
        assertRefused(LoginStatus.INITIATOR_ERROR, 1, NAMES + "no equal sign\0");
        assertRefused(LoginStatus.INITIATOR_ERROR, 3, NAMES);
        assertRefused(LoginStatus.INITIATOR_ERROR, 1, "InitiatorName=" + "i".repeat(224) + "\0TargetName=iqn.x:t\0");
    }

    @Test
    void manyUnknownKeys_thatWouldMakeTheAnswerTooLong_areRefused() {
        StringBuilder keys = new StringBuilder(NAMES);
        for (int i = 0; i < 120; i++) {
            keys.append("k".repeat(58)).append(i).append("=1\0");
        }
        assertRefused(LoginStatus.INITIATOR_ERROR, 1, keys.toString());
    }

    @Test
    void endlessParts_areRefusedAtTheLimit() {
        LoginMachine.Step step = null;
        int parts = 0;
        while (!(step instanceof LoginMachine.Refused)) {
            step = machine.receive(request(false, true, 1, 0), new byte[8192]);
            assertThat(++parts).isLessThanOrEqualTo(LoginMachine.TEXT_BYTES_MAX / 8192 + 1);
        }
        assertThat(((LoginMachine.Refused) step).status()).isEqualTo(LoginStatus.OUT_OF_RESOURCES);
        LoginMachine empty = new LoginMachine(new Policy());
        LoginMachine.Step last = null;
        for (int i = 0; i <= LoginMachine.REQUESTS_MAX; i++) {
            last = empty.receive(request(false, true, 1, 0), new byte[0]);
        }
        assertThat(last).isInstanceOf(LoginMachine.Refused.class);
    }

    @Test
    void stagesOutOfOrder_andChangedIdentity_areRefused() {
        step(0, 1, NAMES);
        assertThat(step(0, 1, "")).isInstanceOf(LoginMachine.Refused.class);
        LoginMachine other = new LoginMachine(new Policy());
        other.receive(request(true, false, 0, 1), NAMES.getBytes(StandardCharsets.UTF_8));
        Request.Login changed = new Request.Login(true, false, 1, 3, 0, 0, 0x8000_0000_0002L, 0, 1, 0, 7, 50);
        assertThat(other.receive(changed, new byte[0])).isInstanceOf(LoginMachine.Refused.class);
    }

    @Test
    void anyRequests_giveAStep_neverAnException() {
        Property.forAll(2_000, random -> {
            LoginMachine subject = new LoginMachine(new Policy());
            for (int i = 0; i < 6; i++) {
                boolean transit = random.nextBoolean();
                int current = new int[] {0, 1, 3}[random.nextInt(3)];
                String keys = random.nextInt(3) == 0 ? "" : NAMES;
                byte[] data = (keys + "AuthMethod=None\0MaxBurstLength=70000\0HeaderDigest=None,CRC32C\0")
                        .getBytes(StandardCharsets.UTF_8);
                for (int changes = random.nextInt(4); changes > 0; changes--) {
                    data[random.nextInt(data.length)] = (byte) random.nextInt();
                }
                Request.Login request = new Request.Login(
                        transit,
                        !transit && random.nextInt(4) == 0,
                        current,
                        transit ? new int[] {1, 3}[random.nextInt(2)] : 0,
                        random.nextInt(3),
                        random.nextInt(20) == 0 ? 1 : 0,
                        1,
                        0,
                        1,
                        0,
                        1,
                        1);
                LoginMachine.Step step = subject.receive(request, data);
                assertThat(step.response().initiatorTaskTag()).isEqualTo(1);
                if (step instanceof LoginMachine.Established done) {
                    assertThat(TextKeys.parse(done.data())).isInstanceOf(TextKeys.class);
                    assertThat(done.result().initiatorName()).isNotEmpty();
                }
                if (!(step instanceof LoginMachine.Continue)) {
                    break;
                }
            }
        });
    }

    private static void assertRefused(LoginStatus status, int stage, String keys) {
        LoginMachine subject = new LoginMachine(new Policy());
        boolean transit = stage != 3;
        LoginMachine.Step step =
                subject.receive(request(transit, false, stage, 3), keys.getBytes(StandardCharsets.UTF_8));
        assertThat(step).isInstanceOfSatisfying(LoginMachine.Refused.class, refused -> {
            assertThat(refused.status()).as(keys).isEqualTo(status);
            assertThat(refused.response().statusClass() << 8
                            | refused.response().statusDetail())
                    .isEqualTo(status.statusClass() << 8 | status.statusDetail());
            assertThat(refused.response().transit()).isFalse();
        });
    }

    private LoginMachine.Step step(int current, int next, String keys) {
        return machine.receive(request(true, false, current, next), keys.getBytes(StandardCharsets.UTF_8));
    }

    private static Request.Login joining(int tsih) {
        return new Request.Login(true, false, 1, 3, 0, 0, 0x8000_0000_0001L, tsih, 1, 2, 7, 50);
    }

    private static Request.Login request(boolean transit, boolean continues, int current, int next) {
        return new Request.Login(transit, continues, current, next, 0, 0, 0x8000_0000_0001L, 0, 1, 0, 7, 50);
    }

    private static String text(byte[] data) {
        return new String(data, StandardCharsets.UTF_8);
    }
}
