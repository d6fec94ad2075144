package dev.quoin.iscsi.chap;

import dev.quoin.iscsi.login.SecurityStage;
import dev.quoin.iscsi.wire.TextKeys;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The security stage of a target that wants CHAP (RFC 7143 12.1.3, 9.2.1). Belongs to one login: it gives one challenge and takes
 * one response.
 *
 * <pre>
 *   initiator                                  target
 *   AuthMethod=...,CHAP,...              ──►
 *                                        ◄──   AuthMethod=CHAP
 *   CHAP_A=8,7,6,5                       ──►
 *                                        ◄──   CHAP_A=8  CHAP_I=i  CHAP_C=c
 *   CHAP_N=user  CHAP_R=r                ──►
 *   (mutual: CHAP_I=j  CHAP_C=d)         ──►
 *                                        ◄──   (mutual: CHAP_N=target  CHAP_R=s)
 * </pre>
 */
public final class ChapStage implements SecurityStage {

    private enum State {
        METHOD,
        ALGORITHM,
        RESPONSE,
        OVER
    }

    /** Answers in place of an unknown user, so that the time does not tell which users there are. */
    private static final ChapSecret NOBODY = ChapSecret.of(new byte[ChapSecret.BYTES_MIN]);

    private final ChapAccess access;
    private final Consumer<byte[]> random;
    private State state = State.METHOD;
    private ChapAlgorithm algorithm = ChapAlgorithm.MD5;
    private int identifier;
    private byte[] challenge = {};

    /**
     * A stage that has seen nothing yet.
     *
     * @param random fills an array with bytes that nobody can foresee
     */
    public ChapStage(ChapAccess access, Consumer<byte[]> random) {
        this.access = access;
        this.random = random;
    }

    @Override
    public boolean optional() {
        return false;
    }

    @Override
    public boolean knows(String key) {
        return switch (key) {
            case "AuthMethod", "CHAP_A", "CHAP_I", "CHAP_C", "CHAP_N", "CHAP_R" -> true;
            default -> false;
        };
    }

    @Override
    public Step step(String initiatorName, List<TextKeys.Pair> keys) {
        TextKeys given = new TextKeys(keys);
        State now = state;
        // Whatever comes of this step, it does not come twice.
        state = State.OVER;
        return switch (now) {
            case METHOD -> method(given);
            case ALGORITHM -> algorithm(given);
            case RESPONSE -> response(initiatorName, given);
            case OVER -> new Failed("keys after the end of CHAP");
        };
    }

    private Step method(TextKeys given) {
        String offered = given.value("AuthMethod");
        if (offered == null || given.pairs().size() > 1) {
            return new Failed("AuthMethod alone expected, " + names(given) + " found");
        }
        if (!Arrays.asList(offered.split(",", -1)).contains("CHAP")) {
            return new Failed("AuthMethod " + ChapText.shown(offered) + " offered, CHAP expected");
        }
        state = State.ALGORITHM;
        return new More(List.of(new TextKeys.Pair("AuthMethod", "CHAP")));
    }

    private Step algorithm(TextKeys given) {
        String offered = given.value("CHAP_A");
        if (offered == null || given.pairs().size() > 1) {
            return new Failed("CHAP_A alone expected, " + names(given) + " found");
        }
        ChapAlgorithm chosen = ChapAlgorithm.firstOf(offered);
        if (chosen == null) {
            return new Failed("CHAP_A " + ChapText.shown(offered) + " offered, one of "
                    + ChapAlgorithm.list(ChapAlgorithm.STRONGEST_FIRST) + " expected: no common algorithm");
        }
        algorithm = chosen;
        byte[] one = new byte[1];
        random.accept(one);
        identifier = Byte.toUnsignedInt(one[0]);
        challenge = new byte[chosen.responseBytes()];
        random.accept(challenge);
        state = State.RESPONSE;
        return new More(List.of(
                new TextKeys.Pair("CHAP_A", String.valueOf(chosen.number())),
                new TextKeys.Pair("CHAP_I", String.valueOf(identifier)),
                new TextKeys.Pair("CHAP_C", ChapText.hex(challenge))));
    }

    private Step response(String initiatorName, TextKeys given) {
        String name = given.value("CHAP_N");
        String proof = given.value("CHAP_R");
        String otherIdentifier = given.value("CHAP_I");
        String otherChallenge = given.value("CHAP_C");
        boolean mutual = otherIdentifier != null && otherChallenge != null;
        if (name == null || proof == null || given.pairs().size() != (mutual ? 4 : 2)) {
            return new Failed("CHAP_N, CHAP_R and for mutual CHAP CHAP_I, CHAP_C expected, " + names(given) + " found");
        }
        byte[] bytes = ChapText.bytes(proof);
        if (bytes == null) {
            return new Failed("CHAP_R of " + proof.length() + " characters found, 0x and hex or 0b and base64 of "
                    + algorithm.responseBytes() + " bytes expected");
        }
        String refusal = refusal(initiatorName, name, bytes);
        if (refusal != null) {
            return new Failed(refusal);
        }
        return mutual ? prove(otherIdentifier, otherChallenge) : new Proven(List.of());
    }

    private @Nullable String refusal(String initiatorName, String name, byte[] proof) {
        ChapUser user = access.user(name);
        ChapSecret secret = user == null ? NOBODY : user.credentials().secret();
        boolean right = secret.confirms(algorithm, identifier, challenge, proof);
        if (user == null) {
            return "unknown CHAP user " + ChapText.shown(name);
        }
        if (!right) {
            return "wrong CHAP response of user " + name;
        }
        return user.mayUse(initiatorName)
                ? null
                : "CHAP user " + name + " is bound to initiator " + user.initiatorName() + ", another found";
    }

    /** Proves the target to an initiator that has proven itself. */
    private Step prove(String otherIdentifier, String otherChallenge) {
        ChapCredentials own = access.mutual();
        int other = ChapText.number(otherIdentifier);
        byte[] asked = ChapText.bytes(otherChallenge);
        if (other < 0 || asked == null) {
            return new Failed("CHAP_I or CHAP_C of the initiator found that is no number from 0 to 255, or not 1 to "
                    + ChapText.BYTES_MAX + " bytes of hex or base64");
        }
        if (Arrays.equals(asked, challenge)) {
            return new Failed("the target's own challenge sent back (reflection)");
        }
        if (own == null) {
            return new Failed("mutual CHAP asked for, and the target has no credentials for it");
        }
        return new Proven(List.of(
                new TextKeys.Pair("CHAP_N", own.user()),
                new TextKeys.Pair("CHAP_R", ChapText.hex(own.secret().respond(algorithm, other, asked)))));
    }

    /** The names of the keys, which tell where an initiator is, without their values. */
    private static String names(TextKeys given) {
        List<String> names = new ArrayList<>();
        given.pairs().forEach(pair -> names.add(pair.key()));
        return names.isEmpty() ? "nothing" : String.join(",", names);
    }
}
