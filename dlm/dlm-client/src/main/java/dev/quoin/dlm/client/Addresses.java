package dev.quoin.dlm.client;

import java.net.InetSocketAddress;

/** Addresses of the form {@code host:port}, with an IPv6 host in brackets. */
final class Addresses {

    private Addresses() {}

    static InetSocketAddress parse(String address) {
        int colon = address.lastIndexOf(':');
        try {
            if (colon > 0) {
                String host = address.substring(0, colon);
                if (host.startsWith("[") && host.endsWith("]")) {
                    host = host.substring(1, host.length() - 1);
                }
                return new InetSocketAddress(host, Integer.parseInt(address.substring(colon + 1)));
            }
        } catch (IllegalArgumentException notAPort) {
            // Falls through to the one message.
        }
        throw new IllegalArgumentException("address \"" + address + "\" found, host:port expected");
    }
}
