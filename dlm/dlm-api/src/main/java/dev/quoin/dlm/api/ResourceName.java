package dev.quoin.dlm.api;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** The name of a lockable resource inside a lockspace: 1 to 64 bytes, compared as unsigned bytes. Immutable. */
public final class ResourceName implements Comparable<ResourceName> {

    /** The longest name, in bytes. */
    public static final int LENGTH_MAX = 64;

    private static final String HEX_PREFIX = "0x";

    private final byte[] bytes;
    private final int hash;

    private ResourceName(byte[] bytes) {
        if (bytes.length == 0 || bytes.length > LENGTH_MAX) {
            throw new IllegalArgumentException(
                    "resource name of " + bytes.length + " bytes found, 1 to " + LENGTH_MAX + " expected");
        }
        this.bytes = bytes;
        this.hash = Arrays.hashCode(bytes);
    }

    /** The name whose bytes are the UTF-8 form of {@code name}. */
    public static ResourceName of(String name) {
        return new ResourceName(name.getBytes(StandardCharsets.UTF_8));
    }

    /** The name of these bytes; the array is copied. */
    public static ResourceName of(byte[] name) {
        return new ResourceName(name.clone());
    }

    /** The name that {@link #toString} shows so. */
    public static ResourceName parse(String shown) {
        if (shown.startsWith(HEX_PREFIX)) {
            try {
                return new ResourceName(HexFormat.of().parseHex(shown.substring(HEX_PREFIX.length())));
            } catch (IllegalArgumentException text) {
                // A name may begin so and be text.
            }
        }
        return of(shown);
    }

    /** The bytes, in a new array. */
    public byte[] bytes() {
        return bytes.clone();
    }

    /** Whether the name begins with these bytes. */
    public boolean startsWith(byte[] prefix) {
        return prefix.length <= bytes.length && Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
    }

    @Override
    public int compareTo(ResourceName other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ResourceName that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    /** The name as text if it is printable UTF-8, else {@code 0x} and its bytes in hexadecimal. */
    @Override
    public String toString() {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            if (text.codePoints().noneMatch(Character::isISOControl)) {
                return text;
            }
        } catch (CharacterCodingException notText) {
            // Falls through to hexadecimal: names are bytes, and text is only their friendlier form.
        }
        return HEX_PREFIX + HexFormat.of().formatHex(bytes);
    }
}
