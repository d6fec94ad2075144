package dev.quoin.iscsi.login;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Proves that a key is known, or unknown, to the target alike during the login and after it. */
class NegotiationTest {

    private static final String NOT_UNDERSTOOD = "NotUnderstood";

    /** The keys of RFC 7143 section 13, of RFC 3720 what is obsolete, of RFC 7144, and our own. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "HeaderDigest",
                "DataDigest",
                "MaxConnections",
                "TargetAlias",
                "InitiatorAlias",
                "InitialR2T",
                "ImmediateData",
                "MaxRecvDataSegmentLength",
                "MaxBurstLength",
                "FirstBurstLength",
                "DefaultTime2Wait",
                "DefaultTime2Retain",
                "MaxOutstandingR2T",
                "DataPDUInOrder",
                "DataSequenceInOrder",
                "ErrorRecoveryLevel",
                "IFMarker",
                "OFMarker",
                "IFMarkInt",
                "OFMarkInt",
                "TaskReporting",
                "iSCSIProtocolLevel",
                Negotiation.INCARNATION_KEY
            })
    void knownKey_isUnderstoodInTheLogin_andComesTooLateAfterwards(String key) {
        for (boolean discovery : new boolean[] {false, true}) {
            assertThat(new Negotiation(discovery, "run-1", null).answer(key, "1"))
                    .isNotEqualTo(NOT_UNDERSTOOD);
        }
        assertThat(Negotiation.answerAfterLogin(key)).isEqualTo("Reject");
    }

    @Test
    void otherKey_isNotUnderstood_inTheLoginAndAfterwards() {
        for (String key : List.of("X-org.example.hat", "headerdigest", "MaxBurst", "SNACK")) {
            assertThat(new Negotiation(false, "run-1", null).answer(key, "1")).isEqualTo(NOT_UNDERSTOOD);
            assertThat(Negotiation.answerAfterLogin(key)).isEqualTo(NOT_UNDERSTOOD);
        }
    }
}
