package dev.quoin.iscsi.chap;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whom a target lets in, and how it proves itself to those who ask (RFC 7143 9.2.1).
 *
 * <p>No secret serves both directions: whoever could make the target answer challenges with the secret of a user would need no
 * secret.
 *
 * @param users who may log in; if there are none, everybody may, without a proof
 * @param mutual what the target proves itself with; null if it cannot
 */
public record ChapAccess(List<ChapUser> users, @Nullable ChapCredentials mutual) {

    /** Everybody may log in, and nobody proves anything. */
    public static final ChapAccess OPEN = new ChapAccess(List.of(), null);

    public ChapAccess {
        users = List.copyOf(users);
        Set<String> names = new HashSet<>();
        for (ChapUser user : users) {
            String name = user.credentials().user();
            if (!names.add(name)) {
                throw new IllegalArgumentException(
                        "CHAP user '" + name + "' found twice, once expected: remove one of the two");
            }
            if (mutual != null && mutual.secret().equals(user.credentials().secret())) {
                throw new IllegalArgumentException("CHAP user '" + name + "' has the secret of the target's own user '"
                        + mutual.user() + "', different secrets for the two directions expected: change one");
            }
        }
        if (mutual != null && users.isEmpty()) {
            throw new IllegalArgumentException("mutual CHAP user '" + mutual.user()
                    + "' and no CHAP users found, at least one expected: only who proves itself can ask for a proof");
        }
    }

    /** These users, and no proof of the target. */
    public static ChapAccess of(ChapUser... users) {
        return new ChapAccess(List.of(users), null);
    }

    /** The same with a proof of the target. */
    public ChapAccess withMutual(ChapCredentials credentials) {
        return new ChapAccess(users, credentials);
    }

    /** The same with one user more. */
    public ChapAccess with(ChapUser user) {
        List<ChapUser> more = new ArrayList<>(users);
        more.add(user);
        return new ChapAccess(more, mutual);
    }

    /** Whether a login needs a proof. */
    public boolean required() {
        return !users.isEmpty();
    }

    @Nullable ChapUser user(String name) {
        for (ChapUser user : users) {
            if (user.credentials().user().equals(name)) {
                return user;
            }
        }
        return null;
    }
}
