package dev.quoin.iscsi.chap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.quoin.iscsi.chap.ChapProof.Failed;
import dev.quoin.iscsi.chap.ChapProof.Proven;
import dev.quoin.iscsi.chap.ChapProof.Send;
import dev.quoin.iscsi.login.SecurityStage;
import dev.quoin.iscsi.wire.TextKeys;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Proves that an initiator with credentials talks to no target that leaves CHAP out or does not know the secret. */
class ChapProofTest {

    private static final ChapLogin ONE_WAY = ChapLogin.of("alice", "correct horse battery");
    private static final ChapLogin MUTUAL = ONE_WAY.expecting("target", "the target's own secret");
    private static final ChapAccess ACCESS =
            ChapAccess.of(new ChapUser(MUTUAL.own(), null)).withMutual(MUTUAL.target());
    private static final SecureRandom RANDOM = new SecureRandom();

    @Test
    void bothSides_ofThisProject_proveEachOther() {
        for (ChapLogin login : List.of(ONE_WAY, MUTUAL)) {
            ChapProof proof = new ChapProof(login, RANDOM::nextBytes);
            ChapStage stage = new ChapStage(ACCESS, RANDOM::nextBytes);
            var method = (SecurityStage.More) stage.step("iqn.x:i", List.of(proof.offer()));
            Send algorithms = (Send) proof.take(new TextKeys(method.answers()));
            assertThat(algorithms).isEqualTo(new Send(List.of(new TextKeys.Pair("CHAP_A", "8,7,6,5")), false));
            var challenge = (SecurityStage.More) stage.step("iqn.x:i", algorithms.keys());
            Send response = (Send) proof.take(new TextKeys(challenge.answers()));
            assertThat(response.last()).isTrue();
            var proven = (SecurityStage.Proven) stage.step("iqn.x:i", response.keys());
            assertThat(proof.take(new TextKeys(proven.answers()))).isEqualTo(new Proven());
        }
    }

    @Test
    void target_thatLeavesChapOut_isRefused() {
        for (String method : List.of("None", "Reject", "KRB5", "CHAP,None")) {
            assertFails(new ChapProof(ONE_WAY, RANDOM::nextBytes).take(keys("AuthMethod", method)), "CHAP expected");
        }
        assertFails(new ChapProof(ONE_WAY, RANDOM::nextBytes).take(keys()), "(missing)");
    }

    @Test
    void challenge_thatIsNone_isNotAnswered() {
        assertFails(asked("CHAP_A", "5", "CHAP_I", "1"), "no readable CHAP_C");
        assertFails(asked("CHAP_A", "5", "CHAP_I", "1", "CHAP_C", "0x"), "no readable CHAP_C");
        assertFails(asked("CHAP_A", "5", "CHAP_I", "1", "CHAP_C", "0x" + "ab".repeat(1025)), "no readable CHAP_C");
        assertFails(asked("CHAP_A", "5", "CHAP_I", "256", "CHAP_C", "0xab"), "CHAP_I=256");
        assertFails(asked("CHAP_A", "4", "CHAP_I", "1", "CHAP_C", "0xab"), "CHAP_A=4");
        ChapProof onlyMd5 = new ChapProof(ONE_WAY.offering(List.of(ChapAlgorithm.MD5)), RANDOM::nextBytes);
        assertThat(onlyMd5.take(keys("AuthMethod", "CHAP")))
                .isEqualTo(new Send(List.of(new TextKeys.Pair("CHAP_A", "5")), false));
        assertFails(onlyMd5.take(keys("CHAP_A", "6", "CHAP_I", "1", "CHAP_C", "0xab")), "CHAP_A=6");
        assertFails(asked("CHAP_A", "Reject"), "CHAP_A=Reject");
        assertFails(asked(), "CHAP_A=(missing)");
    }

    private static ChapProof.Step asked(String... keys) {
        ChapProof proof = new ChapProof(MUTUAL, RANDOM::nextBytes);
        proof.take(keys("AuthMethod", "CHAP"));
        return proof.take(keys(keys));
    }

    @Test
    void target_withoutTheRightProof_isRefused_forGood() {
        assertFails(proven(), "it does not do mutual CHAP");
        assertFails(proven("CHAP_N", "target"), "it does not do mutual CHAP");
        assertFails(proven("CHAP_N", "target", "CHAP_R", "0x"), "it does not do mutual CHAP");
        assertFails(proven("CHAP_N", "target", "CHAP_R", "0x" + "00".repeat(16)), "wrong CHAP response of target");
        assertFails(proven("CHAP_N", "other", "CHAP_R", "0x" + "00".repeat(16)), "'target' expected");
        ChapProof failed = new ChapProof(ONE_WAY, RANDOM::nextBytes);
        failed.take(keys("AuthMethod", "None"));
        assertFails(failed.take(keys("AuthMethod", "CHAP")), "failed before");
    }

    private static ChapProof.Step proven(String... keys) {
        ChapProof proof = new ChapProof(MUTUAL, RANDOM::nextBytes);
        proof.take(keys("AuthMethod", "CHAP"));
        assertThat(proof.take(keys("CHAP_A", "5", "CHAP_I", "1", "CHAP_C", "0xab")))
                .isInstanceOf(Send.class);
        return proof.take(keys(keys));
    }

    @Test
    void ownChallenge_thatIsTheTargets_isNotSent() {
        ChapProof proof = new ChapProof(MUTUAL, bytes -> {});
        proof.take(keys("AuthMethod", "CHAP"));
        assertFails(
                proof.take(keys("CHAP_A", "5", "CHAP_I", "1", "CHAP_C", "0x" + "00".repeat(16))),
                "the random numbers repeat");
    }

    private static TextKeys keys(String... keys) {
        List<TextKeys.Pair> pairs = new ArrayList<>();
        for (int i = 0; i < keys.length; i += 2) {
            pairs.add(new TextKeys.Pair(keys[i], keys[i + 1]));
        }
        return new TextKeys(pairs);
    }

    private static void assertFails(ChapProof.Step step, String reason) {
        assertThat(step)
                .isInstanceOfSatisfying(
                        Failed.class, failed -> assertThat(failed.why()).contains(reason));
    }
}
