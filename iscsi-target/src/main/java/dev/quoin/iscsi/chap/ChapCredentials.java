package dev.quoin.iscsi.chap;

import java.nio.charset.StandardCharsets;

/**
 * A name and the secret that proves it, in one direction. The secret hides itself in the text of this.
 *
 * @param user CHAP_N (RFC 7143 12.1.3), 1 to {@link #USER_BYTES_MAX} bytes without control characters
 * @param secret what proves it
 */
public record ChapCredentials(String user, ChapSecret secret) {

    /** The longest user name in bytes of UTF-8. */
    public static final int USER_BYTES_MAX = 255;

    public ChapCredentials {
        int length = user.getBytes(StandardCharsets.UTF_8).length;
        if (length == 0 || length > USER_BYTES_MAX || user.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("CHAP user '" + ChapText.shown(user) + "' of " + length
                    + " bytes found, a name of 1 to " + USER_BYTES_MAX + " bytes without control characters expected");
        }
    }

    /**
     * Credentials of texts.
     *
     * @throws IllegalArgumentException if the user's name or the secret is too short or too long
     */
    public static ChapCredentials of(String user, String secret) {
        return new ChapCredentials(user, ChapSecret.of(secret));
    }
}
