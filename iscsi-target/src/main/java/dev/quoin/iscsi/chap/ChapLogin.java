package dev.quoin.iscsi.chap;

import org.jspecify.annotations.Nullable;

/**
 * What an initiator proves itself with, and whom it expects.
 *
 * @param own proves the initiator
 * @param target proves the target, which has to do so; null if it need not
 */
public record ChapLogin(ChapCredentials own, @Nullable ChapCredentials target) {

    public ChapLogin {
        if (target != null && target.secret().equals(own.secret())) {
            throw new IllegalArgumentException("CHAP user '" + own.user() + "' has the secret of the target's user '"
                    + target.user() + "', different secrets for the two directions expected: change one");
        }
    }

    /** One-way CHAP. */
    public static ChapLogin of(String user, String secret) {
        return new ChapLogin(ChapCredentials.of(user, secret), null);
    }

    /** The same, where the target has to prove itself as well. */
    public ChapLogin expecting(String targetUser, String targetSecret) {
        return new ChapLogin(own, ChapCredentials.of(targetUser, targetSecret));
    }
}
