package dev.quoin.iscsi.initiator;

import dev.quoin.device.DeviceException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The address of a logical unit: {@code iscsi://host:port/target-name/lun?initiator=initiator-name}.
 *
 * @param host a name, an IPv4 address, or an IPv6 address without brackets
 * @param port 3260 where the URL has none
 * @param targetName the iSCSI name of the target
 * @param unit the logical unit number
 * @param initiatorName the name to log in with; null if the URL has none
 */
public record IscsiUrl(
        String host,
        int port,
        String targetName,
        int unit,
        @Nullable String initiatorName) {

    /** The port of iSCSI (RFC 7143 14). */
    public static final int DEFAULT_PORT = 3260;

    private static final Pattern FORM =
            Pattern.compile("iscsi://(?:\\[(?<six>[0-9a-fA-F:.]+)]|(?<host>[^/:\\[\\]]+))(?::(?<port>\\d{1,5}))?"
                    + "/(?<target>[^/?]+)/(?<unit>\\d{1,5})(?:\\?initiator=(?<initiator>[^&?/]+))?");

    /**
     * Reads a URL.
     *
     * @throws DeviceException {@link DeviceException.Code#UNSUPPORTED} if it has another form
     */
    public static IscsiUrl parse(String url) throws DeviceException {
        Matcher m = FORM.matcher(url);
        if (!m.matches()) {
            throw new DeviceException(
                    DeviceException.Code.UNSUPPORTED,
                    url,
                    "not of the form iscsi://host:port/target-name/lun?initiator=initiator-name");
        }
        String six = m.group("six");
        String portText = m.group("port");
        int port = portText == null ? DEFAULT_PORT : Integer.parseInt(portText);
        if (port < 1 || port > 65_535) {
            throw new DeviceException(
                    DeviceException.Code.UNSUPPORTED, url, "port " + port + " found, 1 to 65535 expected");
        }
        return new IscsiUrl(
                six == null ? m.group("host") : six,
                port,
                m.group("target"),
                Integer.parseInt(m.group("unit")),
                m.group("initiator"));
    }

    /** The URL again, without the initiator's name. */
    @Override
    public String toString() {
        return "iscsi://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port + "/" + targetName + "/" + unit;
    }
}
