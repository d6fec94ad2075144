package dev.quoin.tools.config;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.quoin.iscsi.TargetDefinition;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An iSCSI target.
 *
 * @param name its iSCSI name (RFC 7143 4.2.7)
 * @param listen where it listens; 127.0.0.1:3260 if it is not given
 * @param alsoListen further addresses to listen on
 * @param announce the addresses that discovery tells of, for initiators that reach the target by others than it listens on
 * @param portTries how many ports from that one on are tried if one is busy; 1 if it is not given
 * @param chap who has to prove who it is; null if everybody is taken at its word
 * @param initiators the initiator names that may log in; everybody if it is not given
 * @param balanceLogins whether logins are sent to the portal of their group with the fewest connections
 */
public record TargetConfig(
        @JsonProperty(required = true) String name,
        HostPort listen,
        List<HostPort> alsoListen,
        List<HostPort> announce,
        int portTries,
        @Nullable ChapConfig chap,
        List<String> initiators,
        boolean balanceLogins) {

    private static final HostPort LOOPBACK = new HostPort("127.0.0.1", 3260);
    private static final int PORT_TRIES_MAX = 1_000;

    public TargetConfig {
        TargetDefinition.checkName(iscsiName("target", Defaults.required("name", name)));
        listen = Defaults.or(listen, LOOPBACK);
        alsoListen = Defaults.list(alsoListen);
        announce = Defaults.list(announce);
        portTries = portTries == 0 ? 1 : portTries;
        if (portTries < 1 || portTries > PORT_TRIES_MAX) {
            throw new IllegalArgumentException(
                    "port-tries " + portTries + " found, 1 to " + PORT_TRIES_MAX + " expected");
        }
        initiators = Defaults.list(initiators);
        initiators.forEach(initiator -> iscsiName("initiator", initiator));
    }

    /** A target for everybody at one address, or at the first free port of so many from there on. */
    public static TargetConfig open(String name, HostPort listen, int portTries) {
        return new TargetConfig(name, listen, List.of(), List.of(), portTries, null, List.of(), false);
    }

    /** Checks the beginning of an iSCSI name (RFC 7143 4.2.7.3), and gives it back. */
    public static String iscsiName(String of, String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (!lower.startsWith("iqn.") && !lower.startsWith("eui.") && !lower.startsWith("naa.")) {
            throw new IllegalArgumentException(
                    of + " name '" + name + "' found, one that begins with iqn., eui. or naa. expected");
        }
        return name;
    }
}
