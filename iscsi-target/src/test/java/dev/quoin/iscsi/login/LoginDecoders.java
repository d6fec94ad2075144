package dev.quoin.iscsi.login;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.iscsi.fuzz.FuzzTarget;
import dev.quoin.iscsi.fuzz.FuzzTarget.Limit;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.TextKeys;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The login as a decoder of what comes before anybody has proven who he is. */
public final class LoginDecoders {

    private static final String NAMES = "InitiatorName=iqn.x:i\0TargetName=iqn.x:t\0SessionType=Normal\0";
    private static final int[] STAGES = {0, 1, 3};

    private LoginDecoders() {}

    /** The targets. */
    public static List<FuzzTarget<?>> all() {
        return List.of(logins());
    }

    /** Requests cut at newlines, of which the first byte gives the flags: bit 0 transit, 1 continue, 2-3 stage, 4-5 next stage. */
    private static FuzzTarget<?> logins() {
        return FuzzTarget.of("login.LoginMachine.receive", 1_500, new Limit(65_536, 512), input -> {
                    LoginMachine machine = new LoginMachine(new LoginMachineTest.Policy());
                    List<LoginMachine.Step> steps = new ArrayList<>();
                    int start = 0;
                    for (int at = 0; at <= input.length; at++) {
                        if (at > start && (at == input.length || input[at] == '\n')) {
                            byte[] text = Arrays.copyOfRange(input, start + 1, at);
                            LoginMachine.Step step = machine.receive(request(input[start]), text);
                            steps.add(step);
                            if (!(step instanceof LoginMachine.Continue)) {
                                break;
                            }
                            start = at + 1;
                        }
                    }
                    return steps;
                })
                .covering("login.Negotiation.answer", "login.Negotiation.number")
                .from(
                        text("%" + NAMES + "HeaderDigest=CRC32C,None\0MaxBurstLength=0x10000\0InitialR2T=No\0"),
                        text("\u0011" + NAMES + "AuthMethod=None\0\n%MaxRecvDataSegmentLength=65536\0"),
                        text("\u0002" + NAMES.substring(0, 10) + "\n\u0011" + NAMES.substring(10)
                                + "AuthMethod=None\0"),
                        text("%InitiatorName=iqn.x:i\0SessionType=Discovery\0MaxConnections=4\0"))
                .sortedBy(steps -> steps.stream().map(LoginDecoders::kind).toList())
                .checking((input, steps) -> {
                    for (LoginMachine.Step step : steps) {
                        assertThat(step.response().initiatorTaskTag()).isEqualTo(1);
                        if (step instanceof LoginMachine.Established done) {
                            assertThat(TextKeys.parse(done.data())).isInstanceOf(TextKeys.class);
                            assertThat(done.result().initiatorName()).isNotEmpty();
                        }
                    }
                });
    }

    private static Object kind(LoginMachine.Step step) {
        return step instanceof LoginMachine.Refused refused ? refused.status() : step.getClass();
    }

    private static Request.Login request(byte flags) {
        return new Request.Login(
                (flags & 0x01) != 0,
                (flags & 0x02) != 0,
                STAGES[(flags >>> 2 & 3) % STAGES.length],
                STAGES[(flags >>> 4 & 3) % STAGES.length],
                0,
                0,
                0x8000_0000_0001L,
                0,
                1,
                0,
                1,
                1);
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
