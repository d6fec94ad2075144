package dev.quoin.iscsi.initiator;

import java.net.InetSocketAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a target listens.
 *
 * @param host a name, an IPv4 address, or an IPv6 address without brackets
 */
public record PortalAddress(String host, int port) {

    private static final Pattern FORM =
            Pattern.compile("(?:\\[(?<six>[0-9a-fA-F:.]+)]|(?<host>[^\\[\\]:,]+))(?::(?<port>\\d{1,5}))?");
    static final int PORT_MAX = 65_535;

    /** Reads {@code host[:port]}; null if it is none. */
    static @Nullable PortalAddress parse(String text) {
        Matcher m = FORM.matcher(text);
        if (!m.matches()) {
            return null;
        }
        String six = m.group("six");
        String port = m.group("port");
        int number = port == null ? IscsiUrl.DEFAULT_PORT : Integer.parseInt(port);
        return number < 1 || number > PORT_MAX ? null : new PortalAddress(six == null ? m.group("host") : six, number);
    }

    /** Asks the system for the address of the name; what cannot be found shows when it is connected to. */
    InetSocketAddress resolve() {
        return new InetSocketAddress(host, port);
    }

    @Override
    public String toString() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
