package dev.quoin.iscsi.connection;

import dev.quoin.iscsi.login.Negotiation;
import dev.quoin.iscsi.wire.Malformed;
import dev.quoin.iscsi.wire.TextKeys;
import java.io.ByteArrayOutputStream;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Text requests in the full feature phase (RFC 7143 11.10, appendix C): SendTargets. Other keys cannot be changed any more.
 *
 * <p>The answer is shorter than the shortest segment that an initiator may insist on, 512 bytes, so it is never continued.
 */
final class TextExchange {

    /** The most text in one run of requests with the C bit, in bytes. */
    static final int TEXT_BYTES_MAX = 16 << 10;

    private final TargetContext target;
    private final boolean discovery;
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();

    TextExchange(TargetContext target, boolean discovery) {
        this.target = target;
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
                        answers.add(new TextKeys.Pair(pair.key(), Negotiation.answerAfterLogin(pair.key())));
                    } else if (asksForThis(pair.value())) {
                        answers.add(new TextKeys.Pair("TargetName", target.targetName()));
                        addresses(local)
                                .forEach(address -> answers.add(
                                        new TextKeys.Pair("TargetAddress", address + "," + target.portalGroup())));
                    }
                }
                yield new TextKeys(answers).bytes();
            }
        };
    }

    /** The address that was come to first: it is known to work; then the other portals that listen on one address. */
    private Set<String> addresses(InetSocketAddress local) {
        if (!target.announced().isEmpty()) {
            return new LinkedHashSet<>(target.announced());
        }
        Set<String> addresses = new LinkedHashSet<>();
        addresses.add(address(local));
        target.portals().get().stream()
                .filter(portal -> !portal.getAddress().isAnyLocalAddress())
                .forEach(portal -> addresses.add(address(portal)));
        return addresses;
    }

    private boolean asksForThis(String value) {
        return value.equals(target.targetName()) || (discovery ? value.equals("All") : value.isEmpty());
    }

    private static String address(InetSocketAddress local) {
        String host = local.getAddress().getHostAddress();
        int scope = host.indexOf('%');
        String plain = scope < 0 ? host : host.substring(0, scope);
        return (local.getAddress() instanceof Inet6Address ? "[" + plain + "]" : plain) + ":" + local.getPort();
    }
}
