package dev.quoin.iscsi.initiator;

import dev.quoin.iscsi.wire.TextKeys;
import org.jspecify.annotations.Nullable;

/** Where a target sends those who log in (RFC 7143 11.13.5, 13.8): {@code host[:port][,portal group]}. */
final class Redirect {

    private Redirect() {}

    /** The address that the keys of a refusal name; null if they name none. */
    static @Nullable PortalAddress of(TextKeys keys) {
        String address = keys.value("TargetAddress");
        return address == null ? null : PortalAddress.parse(address.replaceFirst(",\\d{1,5}$", ""));
    }
}
