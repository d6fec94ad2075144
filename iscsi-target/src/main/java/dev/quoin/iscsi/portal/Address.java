package dev.quoin.iscsi.portal;

import java.net.Inet6Address;
import java.net.InetSocketAddress;

/** Addresses as they stand in TargetAddress (RFC 7143 13.8). */
public final class Address {

    private Address() {}

    /** {@code host:port}, an IPv6 address in brackets and without its scope, which means nothing elsewhere. */
    public static String of(InetSocketAddress address) {
        String host = address.getAddress().getHostAddress();
        int scope = host.indexOf('%');
        String plain = scope < 0 ? host : host.substring(0, scope);
        return (address.getAddress() instanceof Inet6Address ? "[" + plain + "]" : plain) + ":" + address.getPort();
    }
}
