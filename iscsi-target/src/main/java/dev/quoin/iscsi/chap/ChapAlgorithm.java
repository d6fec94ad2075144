package dev.quoin.iscsi.chap;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How a response is made (RFC 7143 12.1.3 and IANA's "PPP Authentication Algorithms"). */
public enum ChapAlgorithm {
    MD5(5, "MD5", 16),
    SHA1(6, "SHA-1", 20),
    SHA256(7, "SHA-256", 32),
    SHA3_256(8, "SHA3-256", 32);

    /** All of them. */
    public static final List<ChapAlgorithm> STRONGEST_FIRST = List.of(SHA3_256, SHA256, SHA1, MD5);

    private final int number;
    private final String digest;
    private final int responseBytes;

    ChapAlgorithm(int number, String digest, int responseBytes) {
        this.number = number;
        this.digest = digest;
        this.responseBytes = responseBytes;
    }

    /** The number on the wire. */
    public int number() {
        return number;
    }

    /** The length of a response, in bytes; a challenge of ours is as long. */
    public int responseBytes() {
        return responseBytes;
    }

    /** The numbers of these, as CHAP_A lists them. */
    static String list(List<ChapAlgorithm> algorithms) {
        return algorithms.stream()
                .map(algorithm -> String.valueOf(algorithm.number))
                .collect(Collectors.joining(","));
    }

    /**
     * Reads a list of names such as {@code SHA3-256,SHA256,SHA1,MD5}.
     *
     * @throws IllegalArgumentException naming what was found and what is expected
     */
    public static List<ChapAlgorithm> named(String names) {
        List<ChapAlgorithm> algorithms = new ArrayList<>();
        for (String name : names.split(",", -1)) {
            algorithms.add(STRONGEST_FIRST.stream()
                    .filter(algorithm -> algorithm.toString().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(
                            "CHAP algorithm '" + name + "' found, one of " + STRONGEST_FIRST + " expected")));
        }
        return List.copyOf(algorithms);
    }

    /** The usual name: that of open-iscsi's node.session.auth.chap_algs. */
    @Override
    public String toString() {
        return name().replace('_', '-');
    }

    /** The algorithm whose number this text is, or null. */
    static @Nullable ChapAlgorithm of(String text) {
        int wanted = ChapText.number(text);
        for (ChapAlgorithm algorithm : values()) {
            if (algorithm.number == wanted) {
                return algorithm;
            }
        }
        return null;
    }

    /** The first known one of a list, whose order is the initiator's wish (RFC 7143 6.2.1), or null. */
    static @Nullable ChapAlgorithm firstOf(String list) {
        for (String entry : list.split(",", -1)) {
            ChapAlgorithm known = of(entry);
            if (known != null) {
                return known;
            }
        }
        return null;
    }

    MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance(digest);
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("this Java has no " + digest, missing);
        }
    }
}
