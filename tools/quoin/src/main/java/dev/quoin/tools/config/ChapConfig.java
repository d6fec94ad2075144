package dev.quoin.tools.config;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who has to prove who it is before it may use the target (CHAP, RFC 7143 12.1.3). Secrets are in files of their own, so that the
 * configuration can be shown.
 *
 * @param users who may log in; at least one
 * @param mutual what the target proves itself with to those who ask; null for nothing
 */
public record ChapConfig(
        @JsonProperty(required = true) List<User> users,
        @Nullable Mutual mutual) {

    /**
     * Somebody who may log in.
     *
     * @param user the name, CHAP_N on the wire
     * @param secretFile holds the secret of 12 to 256 bytes, and is its owner's alone
     * @param initiator the only initiator name that may be used with it; null for any
     */
    public record User(
            @JsonProperty(required = true) String user,
            @JsonProperty(required = true) Path secretFile,
            @Nullable String initiator) {

        public User {
            Defaults.required("user", user);
            Defaults.required("secret-file", secretFile);
            initiator = initiator == null ? null : TargetConfig.iscsiName("initiator", initiator);
        }
    }

    /**
     * The target itself.
     *
     * @param user the name, CHAP_N on the wire
     * @param secretFile holds a secret other than that of every user
     */
    public record Mutual(
            @JsonProperty(required = true) String user,
            @JsonProperty(required = true) Path secretFile) {

        public Mutual {
            Defaults.required("user", user);
            Defaults.required("secret-file", secretFile);
        }
    }

    public ChapConfig {
        users = Defaults.list(users);
        if (users.isEmpty()) {
            throw new IllegalArgumentException(
                    "chap without users found, at least one expected: add one, or leave chap out");
        }
        Names.checkUnique("CHAP user", users.stream().map(User::user).toList());
    }
}
