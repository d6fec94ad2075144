package dev.quoin.tools.config;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/**
 * An iSCSI target.
 *
 * @param name its iSCSI name (RFC 7143 4.2.7)
 * @param listen where it listens; 127.0.0.1:3260 if it is not given
 * @param portTries how many ports from that one on are tried if one is busy; 1 if it is not given
 */
public record TargetConfig(@JsonProperty(required = true) String name, HostPort listen, int portTries) {

    private static final HostPort LOOPBACK = new HostPort("127.0.0.1", 3260);
    private static final int PORT_TRIES_MAX = 1_000;

    public TargetConfig {
        String lower = Defaults.required("name", name).toLowerCase(Locale.ROOT);
        if (!lower.startsWith("iqn.") && !lower.startsWith("eui.") && !lower.startsWith("naa.")) {
            throw new IllegalArgumentException(
                    "target name '" + name + "' found, one that begins with iqn., eui. or naa. expected");
        }
        listen = Defaults.or(listen, LOOPBACK);
        portTries = portTries == 0 ? 1 : portTries;
        if (portTries < 1 || portTries > PORT_TRIES_MAX) {
            throw new IllegalArgumentException(
                    "port-tries " + portTries + " found, 1 to " + PORT_TRIES_MAX + " expected");
        }
    }
}
