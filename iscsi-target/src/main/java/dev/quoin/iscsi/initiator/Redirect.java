package dev.quoin.iscsi.initiator;

import dev.quoin.iscsi.wire.TextKeys;
import java.net.InetSocketAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where a target sends those who log in (RFC 7143 11.13.5, 13.8): {@code host[:port][,portal group]}. */
final class Redirect {

    private static final Pattern ADDRESS = Pattern.compile(
            "(?:\\[(?<six>[0-9a-fA-F:.]+)]|(?<host>[^\\[\\]:,]+))(?::(?<port>\\d{1,5}))?(?:,\\d{1,5})?");
    private static final int PORT_MAX = 65_535;

    private Redirect() {}

    /** The address that the keys of a refusal name; null if they name none. */
    static @Nullable InetSocketAddress of(TextKeys keys) {
        String address = keys.value("TargetAddress");
        Matcher m = address == null ? null : ADDRESS.matcher(address);
        if (m == null || !m.matches()) {
            return null;
        }
        String six = m.group("six");
        String port = m.group("port");
        int number = port == null ? IscsiUrl.DEFAULT_PORT : Integer.parseInt(port);
        return number < 1 || number > PORT_MAX
                ? null
                : new InetSocketAddress(six == null ? m.group("host") : six, number);
    }
}
