package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.wire.Malformed;
import dev.quoin.iscsi.wire.TextKeys;
import java.io.ByteArrayOutputStream;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Text requests in the full feature phase (RFC 7143 11.10, appendix C): SendTargets. Other keys cannot be changed any more.
 *
 * <p>The answer is shorter than the shortest segment that an initiator may insist on, 512 bytes, so it is never continued.
 */
final class TextExchange {

    /** The most text in one run of requests with the C bit, in bytes. */
    static final int TEXT_BYTES_MAX = 16 << 10;

    private final String targetName;
    private final int portalGroup;
    private final List<String> announced;
    private final boolean discovery;
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();

    TextExchange(String targetName, int portalGroup, List<String> announced, boolean discovery) {
        this.announced = announced;
        this.targetName = targetName;
        this.portalGroup = portalGroup;
        this.discovery = discovery;
    }

    /** Takes a part; false if there is too much of it. */
    boolean add(byte[] part) {
        if (text.size() + part.length > TEXT_BYTES_MAX) {
            text.reset();
            return false;
        }
        text.writeBytes(part);
        return true;
    }

    /**
     * The answer to all parts taken, or null if they are no keys.
     *
     * @param local the address that the initiator connected to, which is told of unless others are announced
     */
    byte @Nullable [] answer(InetSocketAddress local) {
        byte[] all = text.toByteArray();
        text.reset();
        return switch (TextKeys.parse(all)) {
            case Malformed bad -> null;
            case TextKeys keys -> {
                List<TextKeys.Pair> answers = new ArrayList<>();
                for (TextKeys.Pair pair : keys.pairs()) {
                    if (!pair.key().equals("SendTargets")) {
                        answers.add(new TextKeys.Pair(pair.key(), "Reject"));
                    } else if (asksForThis(pair.value())) {
                        answers.add(new TextKeys.Pair("TargetName", targetName));
                        List<String> addresses = announced.isEmpty() ? List.of(address(local)) : announced;
                        addresses.forEach(address ->
                                answers.add(new TextKeys.Pair("TargetAddress", address + "," + portalGroup)));
                    }
                }
                yield new TextKeys(answers).bytes();
            }
        };
    }

    private boolean asksForThis(String value) {
        return value.equals(targetName) || (discovery ? value.equals("All") : value.isEmpty());
    }

    private static String address(InetSocketAddress local) {
        String host = local.getAddress().getHostAddress();
        int scope = host.indexOf('%');
        String plain = scope < 0 ? host : host.substring(0, scope);
        return (local.getAddress() instanceof Inet6Address ? "[" + plain + "]" : plain) + ":" + local.getPort();
    }
}
