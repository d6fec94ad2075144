package dev.quoin.clusterfs.fsck;

import java.nio.charset.StandardCharsets;

/** Makes what the device holds safe to print: one line, no control characters. */
final class Printable {

    private Printable() {}

    /** A file name; bytes outside printable ASCII and the backslash become {@code \xNN}, so that no two names look the same. */
    static String name(byte[] name) {
        StringBuilder out = new StringBuilder(name.length);
        for (byte b : name) {
            if (b >= ' ' && b < 0x7F && b != '\\' && b != '"') {
                out.append((char) b);
            } else {
                out.append(String.format("\\x%02x", b & 0xFF));
            }
        }
        return out.toString();
    }

    /** Any text. */
    static String text(String text) {
        return name(text.getBytes(StandardCharsets.UTF_8));
    }
}
