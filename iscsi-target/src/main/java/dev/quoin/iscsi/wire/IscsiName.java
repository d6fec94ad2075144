package dev.quoin.iscsi.wire;

import java.util.Locale;

/**
 * The name of an initiator or a target as names are compared: without case (RFC 7143 4.2.7.2, RFC 3722).
 *
 * @param text the name, kept in lower case
 */
public record IscsiName(String text) {

    public IscsiName {
        text = text.toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
        return text;
    }
}
