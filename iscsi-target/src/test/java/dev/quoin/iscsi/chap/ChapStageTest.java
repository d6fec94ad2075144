package dev.quoin.iscsi.chap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.quoin.iscsi.login.SecurityStage;
import dev.quoin.iscsi.login.SecurityStage.Failed;
import dev.quoin.iscsi.login.SecurityStage.More;
import dev.quoin.iscsi.login.SecurityStage.Proven;
import dev.quoin.iscsi.login.SecurityStage.Step;
import dev.quoin.iscsi.wire.TextKeys;
import dev.quoin.property.Property;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Proves that only the right response to the one challenge of a login is taken, and that a target proves itself to nobody else. */
class ChapStageTest {

    private static final String INITIATOR = "iqn.x:i";
    private static final String SECRET = "correct horse battery";
    private static final String TARGET_SECRET = "the target's own secret";
    private static final int IDENTIFIER = 0xA7;
    private static final String CHALLENGE = "0102030405060708090a0b0c0d0e0f10";

    /** MD5 of identifier, secret and challenge, as below. */
    private static final String MD5_RESPONSE = "448972ee53219de624b445051145c179";

    private static final ChapAccess ACCESS = ChapAccess.of(
                    ChapUser.of("alice", SECRET),
                    ChapUser.of("bound", "another good secret").boundTo("iqn.x:Only"))
            .withMutual(ChapCredentials.of("target", TARGET_SECRET));

    private final SecurityStage stage = new ChapStage(ACCESS, ChapStageTest::foreseeable);

    private static void foreseeable(byte[] bytes) {
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (bytes.length == 1 ? IDENTIFIER : i + 1);
        }
    }

    /** The responses are those of Python: {@code hashlib.new(name, bytes([0xa7]) + secret + challenge).hexdigest()}. */
    @ParameterizedTest
    @CsvSource({
        "5, 0102030405060708090a0b0c0d0e0f10, 448972ee53219de624b445051145c179",
        "6, 0102030405060708090a0b0c0d0e0f1011121314, a14c2436706b9d606f284d642cd8ddee0ee97ea1",
        "7, 0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20,"
                + " 7e0ed30c8fb11f1aecb7e24a6bc8e957b7aab1b7c173e3302367a0756cee4d96",
        "8, 0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20,"
                + " c0bb6fa302220a37560ddb6600b498bc8473c6ca7ebc4c3d798d9cd298e2f2a2",
    })
    void rightResponse_ofEachAlgorithm_isProven(String algorithm, String challenge, String response) {
        assertThat(step("AuthMethod", "None,CHAP")).isEqualTo(more("AuthMethod", "CHAP"));
        assertThat(step("CHAP_A", algorithm))
                .isEqualTo(more("CHAP_A", algorithm, "CHAP_I", "167", "CHAP_C", "0x" + challenge));
        assertThat(step("CHAP_N", "alice", "CHAP_R", "0x" + response)).isEqualTo(new Proven(List.of()));
    }

    @Test
    void responseAndChallenge_inBase64OrUpperCase_areTheSame() {
        String base64 = "0b" + Base64.getEncoder().encodeToString(HexFormat.of().parseHex(MD5_RESPONSE));
        for (String response :
                List.of(base64, base64.replace("0b", "0B"), "0X" + MD5_RESPONSE.toUpperCase(Locale.ROOT))) {
            SecurityStage fresh = challenged();
            assertThat(step(fresh, "CHAP_N", "alice", "CHAP_R", response)).isInstanceOf(Proven.class);
        }
    }

    @Test
    void algorithm_isTheFirstOfTheInitiatorsListThatIsKnown() {
        assertThat(chosen("9,99,7,5")).isEqualTo("7");
        assertThat(chosen("5,8")).isEqualTo("5");
        assertThat(chosen(ChapAlgorithm.list(ChapAlgorithm.STRONGEST_FIRST))).isEqualTo("8");
        for (String offer : List.of("", "4", "9,10", "MD5", ",,,", "-5", "5 ", "261", "5".repeat(4000))) {
            SecurityStage fresh = stepTo("AuthMethod", "CHAP");
            assertFails(step(fresh, "CHAP_A", offer), "no common algorithm");
        }
    }

    private String chosen(String offer) {
        return ((More) step(stepTo("AuthMethod", "CHAP"), "CHAP_A", offer))
                .answers()
                .getFirst()
                .value();
    }

    @Test
    void mutual_isAnsweredWithTheTargetsSecret_onlyToWhoHasProvenItself() {
        byte[] challenge = "sixteen bytes...".getBytes(StandardCharsets.US_ASCII);
        String asked = ChapText.hex(challenge);
        Step good =
                step(challenged(), "CHAP_N", "alice", "CHAP_R", "0x" + MD5_RESPONSE, "CHAP_I", "0x9", "CHAP_C", asked);
        byte[] expected = ChapSecret.of(TARGET_SECRET).respond(ChapAlgorithm.MD5, 9, challenge);
        assertThat(good).isEqualTo(new Proven(pairs("CHAP_N", "target", "CHAP_R", ChapText.hex(expected))));
        assertFails(
                step(challenged(), "CHAP_N", "alice", "CHAP_R", "0x" + "00".repeat(16), "CHAP_I", "9", "CHAP_C", asked),
                "wrong CHAP response of user alice");
    }

    @Test
    void mutual_withoutCredentialsOfTheTarget_isRefused() {
        ChapStage oneWay = new ChapStage(ChapAccess.of(ChapUser.of("alice", SECRET)), ChapStageTest::foreseeable);
        step(oneWay, "AuthMethod", "CHAP");
        step(oneWay, "CHAP_A", "5");
        assertFails(
                step(
                        oneWay,
                        "CHAP_N",
                        "alice",
                        "CHAP_R",
                        "0x" + MD5_RESPONSE,
                        "CHAP_I",
                        "9",
                        "CHAP_C",
                        "0x" + "ab".repeat(16)),
                "no credentials for it");
    }

    @Test
    void ownChallenge_sentBack_isRefused_inAnyEncoding() {
        String base64 = "0b" + Base64.getEncoder().encodeToString(HexFormat.of().parseHex(CHALLENGE));
        for (String reflected : List.of("0x" + CHALLENGE, "0X" + CHALLENGE.toUpperCase(Locale.ROOT), base64)) {
            Step step = step(
                    challenged(), "CHAP_N", "alice", "CHAP_R", "0x" + MD5_RESPONSE, "CHAP_I", "1", "CHAP_C", reflected);
            assertFails(step, "reflection");
        }
    }

    @Test
    void wrongSecret_unknownUser_andForeignInitiator_fail_andTheLogSaysWhich() {
        String wrong = response("wrong secret 1");
        assertFails(step(challenged(), "CHAP_N", "alice", "CHAP_R", wrong), "wrong CHAP response of user alice");
        assertFails(step(challenged(), "CHAP_N", "Alice", "CHAP_R", "0x" + MD5_RESPONSE), "unknown CHAP user Alice");
        assertFails(step(challenged(), "CHAP_N", "", "CHAP_R", "0x" + MD5_RESPONSE), "unknown CHAP user");
        assertFails(
                step(challenged(), "CHAP_N", "target", "CHAP_R", response(TARGET_SECRET)), "unknown CHAP user target");
        String bound = response("another good secret");
        assertFails(step(challenged(), "CHAP_N", "bound", "CHAP_R", bound), "bound to initiator iqn.x:only");
        assertThat(challenged().step("iqn.x:ONLY", pairs("CHAP_N", "bound", "CHAP_R", bound)))
                .isInstanceOf(Proven.class);
        assertFails(
                step(challenged(), "CHAP_N", "a\nlogin fine; user=\"b\"", "CHAP_R", wrong),
                "unknown CHAP user a?login?fine;?user=?b?");
    }

    /** Whoever knows no secret may guess that an unknown user is checked against a secret of zeroes. */
    @Test
    void unknownUser_withTheSecretThatNobodyHas_fails() {
        byte[] zeroes = ChapSecret.of(new byte[ChapSecret.BYTES_MIN])
                .respond(ChapAlgorithm.MD5, IDENTIFIER, HexFormat.of().parseHex(CHALLENGE));
        assertFails(step(challenged(), "CHAP_N", "nobody", "CHAP_R", ChapText.hex(zeroes)), "unknown CHAP user");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0",
                "0x",
                "0b",
                "448972ee53219de624b445051145c179",
                "0x448972ee53219de624b445051145c1",
                "0x448972ee53219de624b445051145c17",
                "0x448972ee53219de624b445051145c1790",
                "0xzz",
                "0b====",
                "0b!",
                "1x448972ee53219de624b445051145c179",
                "0y448972ee53219de624b445051145c179",
                "Reject",
                "NotUnderstood"
            })
    void malformedOrShortenedResponse_fails(String response) {
        assertThat(step(challenged(), "CHAP_N", "alice", "CHAP_R", response)).isInstanceOf(Failed.class);
    }

    @Test
    void values_areTakenUpToTheLimit_andNotBeyond() {
        String longest = "0x" + "ab".repeat(ChapText.BYTES_MAX);
        assertThat(mutual("255", longest)).isInstanceOf(Proven.class);
        assertThat(mutual("0xFF", "0xab")).isInstanceOf(Proven.class);
        for (String tooLong : List.of(
                longest + "ab",
                "0b" + Base64.getEncoder().encodeToString(new byte[ChapText.BYTES_MAX + 1]),
                "0x" + "ab".repeat(4_000))) {
            assertThat(mutual("1", tooLong)).isInstanceOf(Failed.class);
            assertThat(step(challenged(), "CHAP_N", "alice", "CHAP_R", tooLong)).isInstanceOf(Failed.class);
        }
        for (String identifier : List.of("256", "-1", "", "x", "0x100", "9".repeat(100))) {
            assertThat(mutual(identifier, "0xab")).isInstanceOf(Failed.class);
        }
        assertFails(step(challenged(), "CHAP_N", "n".repeat(8_000), "CHAP_R", "0x00"), "unknown CHAP user nnn");
    }

    private Step mutual(String identifier, String challenge) {
        return step(
                challenged(),
                "CHAP_N",
                "alice",
                "CHAP_R",
                "0x" + MD5_RESPONSE,
                "CHAP_I",
                identifier,
                "CHAP_C",
                challenge);
    }

    @Test
    void missingKeys_andKeysOutOfOrder_fail() {
        assertFails(step(fresh()), "nothing found");
        assertFails(step(fresh(), "CHAP_A", "5"), "AuthMethod alone expected, CHAP_A found");
        assertFails(step(fresh(), "AuthMethod", "None"), "CHAP expected");
        assertFails(step(fresh(), "AuthMethod", "chap"), "CHAP expected");
        assertFails(step(fresh(), "AuthMethod", "CHAP", "CHAP_A", "5"), "AuthMethod alone expected");
        assertFails(step(fresh(), "CHAP_N", "alice", "CHAP_R", "0x" + MD5_RESPONSE), "AuthMethod alone expected");
        assertFails(step(stepTo("AuthMethod", "CHAP")), "CHAP_A alone expected");
        assertFails(
                step(stepTo("AuthMethod", "CHAP"), "CHAP_N", "alice", "CHAP_R", "0x" + MD5_RESPONSE),
                "CHAP_A alone expected");
        assertFails(step(challenged()), "nothing found");
        assertFails(step(challenged(), "CHAP_N", "alice"), "CHAP_N found");
        assertFails(step(challenged(), "CHAP_R", "0x" + MD5_RESPONSE), "CHAP_R found");
        assertFails(
                step(challenged(), "CHAP_N", "alice", "CHAP_R", "0x" + MD5_RESPONSE, "CHAP_I", "1"), "CHAP_I found");
        assertFails(
                step(challenged(), "CHAP_N", "alice", "CHAP_R", "0x" + MD5_RESPONSE, "CHAP_C", "0xab"), "CHAP_C found");
        assertFails(step(challenged(), "CHAP_A", "5"), "CHAP_A found");
    }

    @Test
    void secondResponse_afterAWrongOne_isNotLookedAt() {
        SecurityStage one = challenged();
        step(one, "CHAP_N", "alice", "CHAP_R", "0x" + "00".repeat(16));
        assertFails(step(one, "CHAP_N", "alice", "CHAP_R", "0x" + MD5_RESPONSE), "after the end");
        assertFails(step(one, "AuthMethod", "CHAP"), "after the end");
    }

    @Test
    void challenges_areNeverTheSame() {
        Set<String> seen = new HashSet<>();
        SecureRandom random = new SecureRandom();
        for (int i = 0; i < 1_000; i++) {
            ChapStage one = new ChapStage(ACCESS, random::nextBytes);
            step(one, "AuthMethod", "CHAP");
            String challenge =
                    ((More) step(one, "CHAP_A", "5")).answers().getLast().value();
            assertThat(challenge).hasSize(2 + 2 * 16);
            assertThat(seen.add(challenge)).isTrue();
        }
    }

    @Test
    void anyKeys_inAnyOrder_areNeverProvenWithoutTheSecret() {
        List<String> keys = List.of("AuthMethod", "CHAP_A", "CHAP_I", "CHAP_C", "CHAP_N", "CHAP_R");
        List<String> values = List.of("CHAP", "5", "8,5", "alice", "bound", "0x00", "0x" + CHALLENGE, "0b", "");
        Property.forAll(5_000, random -> {
            SecurityStage one = random.nextBoolean() ? fresh() : challenged();
            for (int i = 0; i < 5; i++) {
                List<TextKeys.Pair> pairs = new ArrayList<>();
                for (String key : keys) {
                    if (random.nextInt(3) == 0) {
                        pairs.add(new TextKeys.Pair(key, values.get(random.nextInt(values.size()))));
                    }
                }
                assertThat(one.step(INITIATOR, pairs)).isNotInstanceOf(Proven.class);
            }
        });
    }

    @Test
    void secrets_areOfLegalLength_hidden_andDifferentInBothDirections() {
        assertThat(ChapSecret.of("x".repeat(12))).hasToString("(hidden)");
        assertThat(ChapSecret.of(new byte[256])).isEqualTo(ChapSecret.of(new byte[256]));
        assertThatIllegalArgumentException().isThrownBy(() -> ChapSecret.of("x".repeat(11)));
        assertThatIllegalArgumentException().isThrownBy(() -> ChapSecret.of(new byte[257]));
        assertThat(ACCESS.toString()).contains("alice").doesNotContain(SECRET).doesNotContain(TARGET_SECRET);
        assertThat(ChapLogin.of("alice", SECRET)
                        .expecting("target", TARGET_SECRET)
                        .toString())
                .doesNotContain(SECRET)
                .doesNotContain(TARGET_SECRET);
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        ChapAccess.of(ChapUser.of("alice", SECRET)).withMutual(ChapCredentials.of("target", SECRET)))
                .withMessageContaining("different secrets")
                .withMessageNotContaining(SECRET);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ChapLogin.of("alice", SECRET).expecting("target", SECRET));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ChapAccess.of(ChapUser.of("a", SECRET), ChapUser.of("a", TARGET_SECRET)));
        assertThatIllegalArgumentException().isThrownBy(() -> ChapAccess.OPEN.withMutual(ACCESS.mutual()));
        for (String user : List.of("", "a\nb", "u".repeat(256))) {
            assertThatIllegalArgumentException().isThrownBy(() -> ChapCredentials.of(user, SECRET));
        }
    }

    private static SecurityStage fresh() {
        return new ChapStage(ACCESS, ChapStageTest::foreseeable);
    }

    private static SecurityStage stepTo(String... keys) {
        SecurityStage one = fresh();
        assertThat(step(one, keys)).isInstanceOf(More.class);
        return one;
    }

    private static SecurityStage challenged() {
        SecurityStage one = stepTo("AuthMethod", "CHAP");
        assertThat(step(one, "CHAP_A", "5"))
                .isEqualTo(more("CHAP_A", "5", "CHAP_I", "167", "CHAP_C", "0x" + CHALLENGE));
        return one;
    }

    private static String response(String secret) {
        return ChapText.hex(ChapSecret.of(secret)
                .respond(ChapAlgorithm.MD5, IDENTIFIER, HexFormat.of().parseHex(CHALLENGE)));
    }

    private Step step(String... keys) {
        return step(stage, keys);
    }

    private static Step step(SecurityStage one, String... keys) {
        return one.step(INITIATOR, pairs(keys));
    }

    private static More more(String... keys) {
        return new More(pairs(keys));
    }

    private static List<TextKeys.Pair> pairs(String... keys) {
        List<TextKeys.Pair> pairs = new ArrayList<>();
        for (int i = 0; i < keys.length; i += 2) {
            pairs.add(new TextKeys.Pair(keys[i], keys[i + 1]));
        }
        return pairs;
    }

    private static void assertFails(Step step, String reason) {
        assertThat(step)
                .isInstanceOfSatisfying(
                        Failed.class,
                        failed -> assertThat(failed.why())
                                .contains(reason)
                                .doesNotContain(SECRET)
                                .doesNotContain(MD5_RESPONSE));
    }
}
