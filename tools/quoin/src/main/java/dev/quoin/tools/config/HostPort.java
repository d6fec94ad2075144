package dev.quoin.tools.config;

import java.net.InetSocketAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A host name or address with a TCP port: {@code 127.0.0.1:3260}, {@code [::1]:3260}.
 *
 * @param host without brackets, not empty
 * @param port 0 to 65,535; to listen on, 0 takes any free port
 */
public record HostPort(String host, int port) {

    private static final Pattern FORM = Pattern.compile("(?:\\[([0-9A-Fa-f:.%]+)]|([^:\\[\\]]+)):(\\d{1,5})");

    public HostPort {
        if (host.isEmpty() || port < 0 || port > 65_535) {
            throw new IllegalArgumentException(
                    "address '" + host + ":" + port + "' found, HOST:PORT with a port from 0 to 65535 expected");
        }
    }

    /**
     * Reads an address; an IPv6 address stands in brackets.
     *
     * @throws IllegalArgumentException naming what was found and what is expected
     */
    public static HostPort parse(String text) {
        Matcher form = FORM.matcher(text.strip());
        if (!form.matches()) {
            throw new IllegalArgumentException(
                    "address '" + text + "' found, HOST:PORT expected, such as 127.0.0.1:3260");
        }
        return new HostPort(form.group(1) != null ? form.group(1) : form.group(2), Integer.parseInt(form.group(3)));
    }

    /** The same host with another port. */
    public HostPort withPort(int newPort) {
        return new HostPort(host, newPort);
    }

    /** The address to bind or to connect to. Looks the name up: blocking. */
    public InetSocketAddress socketAddress() {
        return new InetSocketAddress(host, port);
    }

    /** The address as {@link #parse} reads it. */
    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
