package dev.quoin.iscsi.chap;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an initiator proves itself with, and whom it expects.
 *
 * @param own proves the initiator
 * @param target proves the target, which has to do so; null if it need not
 * @param algorithms what to offer, the favourite first. Some old targets take number 7 for SHA1, which is SHA256: they need a list
 *     without it
 */
public record ChapLogin(ChapCredentials own, @Nullable ChapCredentials target, List<ChapAlgorithm> algorithms) {

    public ChapLogin {
        algorithms = List.copyOf(algorithms);
        if (algorithms.isEmpty()) {
            throw new IllegalArgumentException(
                    "no CHAP algorithm found, at least one of " + ChapAlgorithm.STRONGEST_FIRST + " expected");
        }
        if (target != null && target.secret().equals(own.secret())) {
            throw new IllegalArgumentException("CHAP user '" + own.user() + "' has the secret of the target's user '"
                    + target.user() + "', different secrets for the two directions expected: change one");
        }
    }

    /** All algorithms, the strongest first. */
    public ChapLogin(ChapCredentials own, @Nullable ChapCredentials target) {
        this(own, target, ChapAlgorithm.STRONGEST_FIRST);
    }

    /** One-way CHAP. */
    public static ChapLogin of(String user, String secret) {
        return new ChapLogin(ChapCredentials.of(user, secret), null);
    }

    /** The same, where the target has to prove itself as well. */
    public ChapLogin expecting(String targetUser, String targetSecret) {
        return new ChapLogin(own, ChapCredentials.of(targetUser, targetSecret), algorithms);
    }

    /** The same with these algorithms only. */
    public ChapLogin offering(List<ChapAlgorithm> only) {
        return new ChapLogin(own, target, only);
    }
}
