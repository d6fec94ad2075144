package dev.quoin.iscsi.chap;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * What both sides know (RFC 7143 9.2.1). It answers challenges and never shows itself: not in its text, and by no accessor.
 *
 * <p>Secrets are compared in a time that does not depend on where they differ.
 */
public final class ChapSecret {

    /** The shortest secret in bytes: 96 bits (RFC 7143 9.2.1). */
    public static final int BYTES_MIN = 12;

    /** The longest secret in bytes. */
    public static final int BYTES_MAX = 256;

    private final byte[] bytes;

    private ChapSecret(byte[] bytes) {
        if (bytes.length < BYTES_MIN || bytes.length > BYTES_MAX) {
            throw new IllegalArgumentException("CHAP secret of " + bytes.length + " bytes found, " + BYTES_MIN + " to "
                    + BYTES_MAX + " expected: make a random one, such as with openssl rand -hex 16");
        }
        this.bytes = bytes;
    }

    /**
     * A secret of these bytes, which are copied.
     *
     * @throws IllegalArgumentException if it is not {@link #BYTES_MIN} to {@link #BYTES_MAX} bytes long
     */
    public static ChapSecret of(byte[] bytes) {
        return new ChapSecret(bytes.clone());
    }

    /**
     * A secret of the text in UTF-8.
     *
     * @throws IllegalArgumentException if it is not {@link #BYTES_MIN} to {@link #BYTES_MAX} bytes long
     */
    public static ChapSecret of(String text) {
        return new ChapSecret(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The response to a challenge: the hash of identifier, secret and challenge (RFC 1994 4.1). */
    byte[] respond(ChapAlgorithm algorithm, int identifier, byte[] challenge) {
        MessageDigest digest = algorithm.newDigest();
        digest.update((byte) identifier);
        digest.update(bytes);
        return digest.digest(challenge);
    }

    /** Whether this is the response to a challenge. */
    boolean confirms(ChapAlgorithm algorithm, int identifier, byte[] challenge, byte[] response) {
        return MessageDigest.isEqual(respond(algorithm, identifier, challenge), response);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ChapSecret secret && MessageDigest.isEqual(bytes, secret.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    @Override
    public String toString() {
        return "(hidden)";
    }
}
