package dev.quoin.iscsi.chap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.iscsi.fuzz.FuzzTarget;
import dev.quoin.iscsi.fuzz.FuzzTarget.Limit;
import dev.quoin.iscsi.login.SecurityStage;
import dev.quoin.iscsi.wire.ParsedKeys;
import dev.quoin.iscsi.wire.TextKeys;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The decoders of CHAP, on both sides. */
public final class ChapDecoders {

    private static final ChapLogin LOGIN =
            ChapLogin.of("alice", "correct horse battery").expecting("target", "the target's own secret");
    private static final ChapAccess ACCESS = ChapAccess.of(ChapUser.of("alice", "correct horse battery"))
            .withMutual(ChapCredentials.of("target", "the target's own secret"));
    private static final byte RANDOM = 0x5A;

    private ChapDecoders() {}

    /** The targets. */
    public static List<FuzzTarget<?>> all() {
        return List.of(values(), target(), initiator());
    }

    private record Values(int number, byte[] bytes, ChapAlgorithm first) {}

    private static FuzzTarget<?> values() {
        return FuzzTarget.of("chap.ChapText.bytes", 2_100, new Limit(4_096, 64), input -> {
                    String text = new String(input, StandardCharsets.ISO_8859_1);
                    byte[] bytes = ChapText.bytes(text);
                    return new Values(
                            ChapText.number(text), bytes == null ? new byte[0] : bytes, ChapAlgorithm.firstOf(text));
                })
                .covering("chap.ChapText.number", "chap.ChapAlgorithm.firstOf")
                .from(ascii("0x00ff"), ascii("0bAAEC"), ascii("255"), ascii("5,6,7,8"), ascii("0x" + "ab".repeat(1024)))
                .sortedBy(values ->
                        List.of(values.number() < 0, values.bytes().length == 0, String.valueOf(values.first())))
                .checking((input, values) -> {
                    assertThat(values.number()).isBetween(-1, 255);
                    assertThat(values.bytes()).hasSizeLessThanOrEqualTo(ChapText.BYTES_MAX);
                    if (values.bytes().length > 0) {
                        assertThat(ChapText.bytes(ChapText.hex(values.bytes()))).isEqualTo(values.bytes());
                    }
                });
    }

    /** Steps of keys, cut at newlines; a step that is no text ends them. */
    private static List<TextKeys> steps(byte[] input) {
        List<TextKeys> steps = new ArrayList<>();
        int start = 0;
        for (int at = 0; at <= input.length; at++) {
            if (at == input.length || input[at] == '\n') {
                ParsedKeys keys = TextKeys.parse(Arrays.copyOfRange(input, start, at));
                if (!(keys instanceof TextKeys good)) {
                    break;
                }
                steps.add(good);
                start = at + 1;
            }
        }
        return steps;
    }

    private static FuzzTarget<?> target() {
        return FuzzTarget.of("chap.ChapStage.step", 2_000, new Limit(65_536, 256), input -> {
                    ChapStage stage = new ChapStage(ACCESS, bytes -> Arrays.fill(bytes, RANDOM));
                    List<SecurityStage.Step> steps = new ArrayList<>();
                    for (TextKeys keys : steps(input)) {
                        steps.add(stage.step("iqn.x:i", keys.pairs()));
                    }
                    return steps;
                })
                .from(
                        ascii("AuthMethod=CHAP,None\0\nCHAP_A=7,5\0\nCHAP_N=alice\0CHAP_R=0x"
                                + "00".repeat(32)
                                + "\0CHAP_I=1\0CHAP_C=0xabcd\0"),
                        ascii("AuthMethod=CHAP\0\nCHAP_A=5\0\nCHAP_N=mallory\0CHAP_R=0bAAAA\0"))
                .rarely(2)
                .sortedBy(steps -> steps.stream().map(ChapDecoders::kind).toList())
                .checking((input, steps) -> assertThat(steps)
                        .as("nobody is let in who does not know the secret")
                        .noneMatch(step -> step instanceof SecurityStage.Proven));
    }

    private static FuzzTarget<?> initiator() {
        return FuzzTarget.of("chap.ChapProof.take", 2_000, new Limit(65_536, 256), input -> {
                    ChapProof proof = new ChapProof(LOGIN, bytes -> Arrays.fill(bytes, RANDOM));
                    List<ChapProof.Step> steps = new ArrayList<>();
                    for (TextKeys keys : steps(input)) {
                        steps.add(proof.take(keys));
                    }
                    return steps;
                })
                .from(
                        ascii("AuthMethod=CHAP\0\nCHAP_A=5\0CHAP_I=1\0CHAP_C=0x" + "ab".repeat(16) + "\0\n"
                                + "CHAP_N=target\0CHAP_R=0x"
                                + "00".repeat(16)
                                + "\0"),
                        ascii("AuthMethod=None\0"))
                .rarely(2)
                .sortedBy(steps -> steps.stream().map(ChapDecoders::kind).toList())
                .checking((input, steps) -> assertThat(steps)
                        .as("no target is trusted that does not know its secret")
                        .noneMatch(step -> step instanceof ChapProof.Proven));
    }

    /** The class of a step, with the beginning of the reason of a refusal. */
    private static Object kind(Object step) {
        return switch (step) {
            case SecurityStage.Failed failed -> first(failed.why());
            case ChapProof.Failed failed -> first(failed.why());
            default -> step.getClass();
        };
    }

    private static String first(String text) {
        return text.substring(0, Math.min(10, text.length()));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
