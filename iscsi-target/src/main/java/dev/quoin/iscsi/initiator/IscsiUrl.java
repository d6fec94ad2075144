package dev.quoin.iscsi.initiator;

import dev.quoin.device.DeviceException;
import dev.quoin.iscsi.chap.ChapAlgorithm;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The address of a logical unit: {@code iscsi://host:port/target-name/lun}, and after a {@code ?} any of these, with {@code &}
 * between them and {@code %XX} for what a URL cannot hold:
 *
 * <pre>
 *   initiator=NAME
 *   also=HOST:PORT,HOST:PORT                                     further portals of the target: other paths to the unit
 *   chap-user=NAME  and  chap-secret-file=PATH
 *   chap-algorithms=SHA3-256,SHA256,SHA1,MD5                     with these: what to offer; this if it is left out
 *   chap-target-user=NAME  and  chap-target-secret-file=PATH     with these: mutual CHAP
 * </pre>
 *
 * @param host a name, an IPv4 address, or an IPv6 address without brackets
 * @param port 3260 where the URL has none
 * @param targetName the iSCSI name of the target
 * @param unit the logical unit number
 * @param initiatorName the name to log in with; null if the URL has none
 * @param others further portals, tried in turn when one cannot be reached
 * @param chap where the credentials of CHAP are; null if the URL has none
 */
public record IscsiUrl(
        String host,
        int port,
        String targetName,
        int unit,
        @Nullable String initiatorName,
        List<PortalAddress> others,
        @Nullable ChapFiles chap) {

    /** The port of iSCSI (RFC 7143 14). */
    public static final int DEFAULT_PORT = 3260;

    private static final String USER = "chap-user";
    private static final String SECRET_FILE = "chap-secret-file";
    private static final String TARGET_USER = "chap-target-user";
    private static final String TARGET_SECRET_FILE = "chap-target-secret-file";
    private static final String ALGORITHMS = "chap-algorithms";
    private static final String INITIATOR = "initiator";
    private static final String ALSO = "also";
    private static final int OTHERS_MAX = 15;
    private static final List<String> KEYS =
            List.of(INITIATOR, ALSO, USER, SECRET_FILE, ALGORITHMS, TARGET_USER, TARGET_SECRET_FILE);

    private static final Pattern FORM =
            Pattern.compile("iscsi://(?<portal>[^/@]+)/(?<target>[^/?]+)/(?<unit>\\d{1,5})(?:\\?(?<query>.+))?");

    /** An address without credentials. */
    public IscsiUrl(String host, int port, String targetName, int unit, @Nullable String initiatorName) {
        this(host, port, targetName, unit, initiatorName, List.of(), null);
    }

    public IscsiUrl {
        others = List.copyOf(others);
    }

    /** The portals in the order in which they are tried. */
    List<PortalAddress> portals() {
        return Stream.concat(Stream.of(new PortalAddress(host, port)), others.stream())
                .toList();
    }

    /** The same with further portals. */
    public IscsiUrl also(PortalAddress... portals) {
        return new IscsiUrl(host, port, targetName, unit, initiatorName, List.of(portals), chap);
    }

    /**
     * Reads a URL.
     *
     * @throws DeviceException {@link DeviceException.Code#UNSUPPORTED} if it has another form
     */
    public static IscsiUrl parse(String url) throws DeviceException {
        Matcher m = FORM.matcher(url);
        if (!m.matches()) {
            // Not shown: what stands before an @ in the URLs of other programs is a secret.
            String shown = url.replaceFirst("//[^/]*@", "//...@");
            throw unsupported(
                    shown,
                    "not of the form iscsi://host:port/target-name/lun?initiator=initiator-name"
                            + (shown.equals(url)
                                    ? ""
                                    : ": secrets are not taken from URLs, name " + USER + " and " + SECRET_FILE));
        }
        PortalAddress portal = PortalAddress.parse(m.group("portal"));
        if (portal == null) {
            throw unsupported(
                    url,
                    "'" + m.group("portal")
                            + "' found, a name or address, an IPv6 one in brackets, and a port from 1 to "
                            + PortalAddress.PORT_MAX + " expected");
        }
        Map<String, String> query = query(url, m.group("query"));
        return new IscsiUrl(
                portal.host(),
                portal.port(),
                m.group("target"),
                Integer.parseInt(m.group("unit")),
                query.get(INITIATOR),
                others(url, query.get(ALSO)),
                chap(url, query));
    }

    private static List<PortalAddress> others(String url, @Nullable String text) throws DeviceException {
        List<PortalAddress> others = new ArrayList<>();
        for (String each : text == null ? new String[0] : text.split(",", -1)) {
            PortalAddress portal = PortalAddress.parse(each);
            if (portal == null || others.size() == OTHERS_MAX) {
                throw unsupported(
                        url, ALSO + " of '" + each + "' found, at most " + OTHERS_MAX + " HOST:PORT expected");
            }
            others.add(portal);
        }
        return others;
    }

    private static Map<String, String> query(String url, @Nullable String text) throws DeviceException {
        Map<String, String> query = new HashMap<>();
        for (String pair : text == null ? new String[0] : text.split("&", -1)) {
            int equal = pair.indexOf('=');
            String key = equal < 0 ? pair : pair.substring(0, equal);
            if (!KEYS.contains(key)) {
                throw unsupported(url, "'" + key + "' found after the ?, one of " + KEYS + " expected");
            }
            String value;
            try {
                // A plus sign is a plus sign here, which the decoder for forms would take for a space.
                value = URLDecoder.decode(pair.substring(equal + 1).replace("+", "%2B"), StandardCharsets.UTF_8);
            } catch (IllegalArgumentException malformed) {
                throw unsupported(url, "'" + pair + "' found, two hexadecimal digits expected after each %");
            }
            if (equal < 0 || value.isEmpty()) {
                throw unsupported(url, "no value of " + key + " found, one expected");
            }
            if (query.put(key, value) != null) {
                throw unsupported(url, key + " found twice, once expected");
            }
        }
        return query;
    }

    private static @Nullable ChapFiles chap(String url, Map<String, String> query) throws DeviceException {
        String user = query.get(USER);
        String file = query.get(SECRET_FILE);
        String targetUser = query.get(TARGET_USER);
        String targetFile = query.get(TARGET_SECRET_FILE);
        String algorithms = query.get(ALGORITHMS);
        if ((user == null) != (file == null) || (targetUser == null) != (targetFile == null)) {
            throw unsupported(url, "a CHAP user without a secret file, or the other way round, found: name both");
        }
        if (user == null || file == null) {
            if (targetUser != null || query.containsKey(ALGORITHMS)) {
                throw unsupported(
                        url, TARGET_USER + " or " + ALGORITHMS + " found and no " + USER + ", one expected: name it");
            }
            return null;
        }
        try {
            return new ChapFiles(
                    user,
                    Path.of(file),
                    targetUser == null || targetFile == null
                            ? null
                            : new ChapFiles.Target(targetUser, Path.of(targetFile)),
                    algorithms == null ? ChapAlgorithm.STRONGEST_FIRST : ChapAlgorithm.named(algorithms));
        } catch (InvalidPathException wrong) {
            throw unsupported(url, "a secret file that can be no path found: " + wrong.getMessage());
        } catch (IllegalArgumentException wrong) {
            throw unsupported(url, String.valueOf(wrong.getMessage()));
        }
    }

    private static DeviceException unsupported(String url, String why) {
        return new DeviceException(DeviceException.Code.UNSUPPORTED, url, why);
    }

    /** The URL again, without what stands after the {@code ?}. */
    @Override
    public String toString() {
        return "iscsi://" + new PortalAddress(host, port) + "/" + targetName + "/" + unit;
    }
}
