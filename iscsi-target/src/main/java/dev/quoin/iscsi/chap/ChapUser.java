package dev.quoin.iscsi.chap;

import dev.quoin.iscsi.wire.IscsiName;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who may log in to a target.
 *
 * @param credentials the name and the secret
 * @param initiatorName the only initiator name that may be used with them, kept in lower case (RFC 7143 4.2.7.2); null for any
 */
public record ChapUser(
        ChapCredentials credentials, @Nullable String initiatorName) {

    public ChapUser {
        initiatorName = initiatorName == null ? null : new IscsiName(initiatorName).text();
    }

    /** A user who may use any initiator name. */
    public static ChapUser of(String user, String secret) {
        return new ChapUser(ChapCredentials.of(user, secret), null);
    }

    /** The same with one initiator name. */
    public ChapUser boundTo(String onlyInitiatorName) {
        return new ChapUser(credentials, onlyInitiatorName);
    }

    /** Whether the user may log in by this initiator name. */
    boolean mayUse(String name) {
        return initiatorName == null || initiatorName.equals(new IscsiName(name).text());
    }
}
