package dev.quoin.iscsi.chap;

import dev.quoin.iscsi.login.Negotiation;
import java.util.Base64;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Values of CHAP keys as text (RFC 7143 6.1): small numbers, and bytes as {@code 0x} hex or {@code 0b} base64. */
final class ChapText {

    /** The longest challenge or response in bytes (RFC 7143 12.1.3). */
    static final int BYTES_MAX = 1_024;

    private static final int PREFIX = 2;
    private static final int NUMBER_MAX = 255;
    private static final int SHOWN_MAX = 64;

    private ChapText() {}

    /** A number of one byte, decimal or hex; -1 for everything else. */
    static int number(String text) {
        return Negotiation.number(text, 0, NUMBER_MAX);
    }

    /** The bytes, 1 to {@link #BYTES_MAX} of them; null for everything else. */
    static byte @Nullable [] bytes(String text) {
        if (text.length() > PREFIX + 2 * BYTES_MAX || text.length() <= PREFIX || text.charAt(0) != '0') {
            return null;
        }
        String digits = text.substring(PREFIX);
        try {
            byte[] bytes = switch (text.charAt(1)) {
                case 'x', 'X' -> HexFormat.of().parseHex(digits);
                case 'b', 'B' -> Base64.getDecoder().decode(digits);
                default -> new byte[0];
            };
            return bytes.length == 0 || bytes.length > BYTES_MAX ? null : bytes;
        } catch (IllegalArgumentException malformed) {
            return null;
        }
    }

    /** The bytes as hex. */
    static String hex(byte[] bytes) {
        return "0x" + HexFormat.of().formatHex(bytes);
    }

    /** A name that a peer has sent, fit for a log: short, and without what would look like another line. */
    static String shown(String name) {
        StringBuilder shown = new StringBuilder();
        name.codePoints()
                .limit(SHOWN_MAX)
                .forEach(c -> shown.appendCodePoint(
                        (c > ' ' && c < 0x7F && c != '"') || Character.isLetterOrDigit(c) ? c : '?'));
        return shown + (name.codePointCount(0, name.length()) > SHOWN_MAX ? "..." : "");
    }
}
