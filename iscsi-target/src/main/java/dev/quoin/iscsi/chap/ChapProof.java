package dev.quoin.iscsi.chap;

import dev.quoin.iscsi.wire.TextKeys;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The initiator's side of CHAP in one login; {@link ChapStage} shows the exchange. It offers CHAP and nothing else: an initiator with
 * credentials that would do without them could not tell a false target from its own.
 */
public final class ChapProof {

    /** What comes next. */
    public sealed interface Step {}

    /**
     * Send these keys.
     *
     * @param last whether the security stage may end with them
     */
    public record Send(List<TextKeys.Pair> keys, boolean last) implements Step {
        public Send {
            keys = List.copyOf(keys);
        }
    }

    /** Both sides are content. */
    public record Proven() implements Step {}

    /** The target does not do as it should, or is not who it should be: end the login. */
    public record Failed(String why) implements Step {}

    private enum State {
        METHOD,
        ALGORITHM,
        PROOF,
        PROVEN,
        FAILED
    }

    private final ChapLogin login;
    private final Consumer<byte[]> random;
    private State state = State.METHOD;
    private ChapAlgorithm algorithm = ChapAlgorithm.MD5;
    private int identifier;
    private byte[] challenge = {};

    /**
     * The beginning of a login.
     *
     * @param random fills an array with bytes that nobody can foresee
     */
    public ChapProof(ChapLogin login, Consumer<byte[]> random) {
        this.login = login;
        this.random = random;
    }

    /** The key of the first request. */
    public TextKeys.Pair offer() {
        return new TextKeys.Pair("AuthMethod", "CHAP");
    }

    /** Takes the keys of one response in the security stage; those of others are left alone. */
    public Step take(TextKeys answer) {
        State now = state;
        state = State.FAILED;
        return switch (now) {
            case METHOD -> method(answer.value("AuthMethod"));
            case ALGORITHM -> challenged(answer.value("CHAP_A"), answer.value("CHAP_I"), answer.value("CHAP_C"));
            case PROOF -> proof(answer.value("CHAP_N"), answer.value("CHAP_R"));
            case PROVEN -> {
                state = State.PROVEN;
                yield new Proven();
            }
            case FAILED -> new Failed("the login has failed before");
        };
    }

    private Step method(@Nullable String chosen) {
        if (!"CHAP".equals(chosen)) {
            return new Failed("AuthMethod=" + shown(chosen) + " found, CHAP expected: the target does not take CHAP");
        }
        state = State.ALGORITHM;
        return new Send(List.of(new TextKeys.Pair("CHAP_A", ChapAlgorithm.list(login.algorithms()))), false);
    }

    private Step challenged(@Nullable String chosen, @Nullable String number, @Nullable String asked) {
        ChapAlgorithm known = chosen == null ? null : ChapAlgorithm.of(chosen);
        int theirs = number == null ? -1 : ChapText.number(number);
        byte[] bytes = asked == null ? null : ChapText.bytes(asked);
        if (known == null || !login.algorithms().contains(known) || theirs < 0 || bytes == null) {
            return new Failed("CHAP_A=" + shown(chosen) + " CHAP_I=" + shown(number) + " and "
                    + (bytes == null ? "no readable CHAP_C" : "CHAP_C") + " found, one of "
                    + ChapAlgorithm.list(login.algorithms())
                    + ", a number from 0 to 255 and a challenge of 1 to " + ChapText.BYTES_MAX + " bytes expected");
        }
        algorithm = known;
        List<TextKeys.Pair> keys = new ArrayList<>();
        keys.add(new TextKeys.Pair("CHAP_N", login.own().user()));
        keys.add(new TextKeys.Pair("CHAP_R", ChapText.hex(login.own().secret().respond(known, theirs, bytes))));
        if (login.target() != null) {
            byte[] one = new byte[1];
            random.accept(one);
            identifier = Byte.toUnsignedInt(one[0]);
            challenge = new byte[known.responseBytes()];
            random.accept(challenge);
            if (Arrays.equals(challenge, bytes)) {
                return new Failed("the challenge of the target is the one made here: the random numbers repeat");
            }
            keys.add(new TextKeys.Pair("CHAP_I", String.valueOf(identifier)));
            keys.add(new TextKeys.Pair("CHAP_C", ChapText.hex(challenge)));
        }
        state = State.PROOF;
        return new Send(keys, true);
    }

    private Step proof(@Nullable String name, @Nullable String response) {
        ChapCredentials target = login.target();
        if (target != null) {
            byte[] bytes = response == null ? null : ChapText.bytes(response);
            if (name == null || bytes == null) {
                return new Failed("no readable CHAP_N and CHAP_R found, the target's proof expected: it does not do"
                        + " mutual CHAP");
            }
            boolean right = target.secret().confirms(algorithm, identifier, challenge, bytes);
            if (!name.equals(target.user())) {
                return new Failed("target user '" + ChapText.shown(name) + "' found, '" + target.user()
                        + "' expected: check the name, or do not trust the target");
            }
            if (!right) {
                return new Failed("wrong CHAP response of target user '" + target.user()
                        + "': check its secret, or do not trust the target");
            }
        }
        state = State.PROVEN;
        return new Proven();
    }

    private static String shown(@Nullable String value) {
        return value == null ? "(missing)" : ChapText.shown(value);
    }
}
