package dev.quoin.dlm.core;

import dev.quoin.dlm.api.Lockspace;
import dev.quoin.dlm.api.Registry;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The rules for names that clients choose; each method says what is wrong, or null. */
final class Names {

    private Names() {}

    static @Nullable String wrongLockspace(String name) {
        return wrong("lockspace name", name, Lockspace.NAME_LENGTH_MAX);
    }

    static @Nullable String wrongNode(String name) {
        return wrong("node name", name, Limits.NODE_NAME_LENGTH_MAX);
    }

    static @Nullable String wrongKey(String key) {
        return wrong("registry key", key, Registry.KEY_LENGTH_MAX);
    }

    private static @Nullable String wrong(String what, String name, int max) {
        // Each char is at least one byte, so a hostile length is refused before it is encoded.
        int length = name.length() > max ? name.length() : name.getBytes(StandardCharsets.UTF_8).length;
        return length >= 1 && length <= max ? null : what + " of " + length + " bytes found, 1 to " + max + " expected";
    }
}
