package dev.quoin.iscsi.wire;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The key=value pairs of a login or text exchange (RFC 7143 6.1).
 *
 * <pre>
 * key '=' value NUL   repeated; UTF-8; the last NUL may be missing; empty pairs are padding
 * </pre>
 *
 * @param pairs in the order of the wire; keys may repeat, which is for the caller to judge
 */
public record TextKeys(List<Pair> pairs) implements ParsedKeys {

    /** The longest key name in bytes (RFC 7143 6.1). */
    public static final int KEY_BYTES_MAX = 63;

    /** The longest value in bytes; the standard asks for 255, and for more only where a key says so. */
    public static final int VALUE_BYTES_MAX = 8_192;

    /** The most pairs in one exchange. */
    public static final int PAIRS_MAX = 128;

    /** One key and its value. */
    public record Pair(String key, String value) {}

    public TextKeys {
        pairs = List.copyOf(pairs);
    }

    /** The first value of a key, or null. */
    public @Nullable String value(String key) {
        for (Pair pair : pairs) {
            if (pair.key().equals(key)) {
                return pair.value();
            }
        }
        return null;
    }

    /** Reads the pairs of a whole exchange, all of {@code bytes}. */
    public static ParsedKeys parse(byte[] bytes) {
        List<Pair> pairs = new ArrayList<>();
        int end;
        for (int start = 0; start < bytes.length; start = end + 1) {
            end = start;
            while (end < bytes.length && bytes[end] != 0) {
                end++;
            }
            if (end == start) {
                continue;
            }
            if (pairs.size() == PAIRS_MAX) {
                return new Malformed(Malformed.Reason.TOO_MANY, "key");
            }
            int equal = start;
            while (equal < end && bytes[equal] != '=') {
                equal++;
            }
            Malformed fault = check(bytes, start, equal, end);
            if (fault != null) {
                return fault;
            }
            String value = utf8(bytes, equal + 1, end);
            if (value == null) {
                return new Malformed(Malformed.Reason.NOT_TEXT, "value");
            }
            pairs.add(new Pair(new String(bytes, start, equal - start, StandardCharsets.US_ASCII), value));
        }
        return new TextKeys(pairs);
    }

    /** Writes the pairs as they go on the wire. */
    public byte[] bytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (Pair pair : pairs) {
            out.writeBytes(pair.key().getBytes(StandardCharsets.US_ASCII));
            out.write('=');
            out.writeBytes(pair.value().getBytes(StandardCharsets.UTF_8));
            out.write(0);
        }
        return out.toByteArray();
    }

    private static @Nullable Malformed check(byte[] bytes, int start, int equal, int end) {
        if (equal == end) {
            return new Malformed(Malformed.Reason.TRUNCATED, "key");
        }
        if (equal == start) {
            return new Malformed(Malformed.Reason.BAD_VALUE, "key");
        }
        if (equal - start > KEY_BYTES_MAX) {
            return new Malformed(Malformed.Reason.TOO_LONG, "key");
        }
        if (end - equal - 1 > VALUE_BYTES_MAX) {
            return new Malformed(Malformed.Reason.TOO_LONG, "value");
        }
        for (int i = start; i < equal; i++) {
            if (!isKeyByte(bytes[i])) {
                return new Malformed(Malformed.Reason.NOT_TEXT, "key");
            }
        }
        return null;
    }

    private static @Nullable String utf8(byte[] bytes, int start, int end) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, start, end - start))
                    .toString();
        } catch (CharacterCodingException notText) {
            return null;
        }
    }

    /** Letters, digits and the signs that a key name may have (RFC 7143 6.1). */
    private static boolean isKeyByte(byte b) {
        return (b >= 'A' && b <= 'Z')
                || (b >= 'a' && b <= 'z')
                || (b >= '0' && b <= '9')
                || b == '.'
                || b == '-'
                || b == '+'
                || b == '@'
                || b == '_'
                || b == '#'
                || b == ':';
    }
}
