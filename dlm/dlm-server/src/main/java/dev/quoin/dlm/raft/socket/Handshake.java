package dev.quoin.dlm.raft.socket;

import dev.quoin.dlm.security.Identity;
import dev.quoin.dlm.security.Role;
import dev.quoin.dlm.security.Security;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** How two ends come to know each other: TLS if wanted, then the greetings. Its methods block. */
final class Handshake {

    /** What an end that is not known yet has for its part of the handshake. */
    static final int LIMIT_MILLIS = 3_000;

    private final SocketSettings settings;
    private final @Nullable SSLContext tls;

    Handshake(SocketSettings settings) {
        this.settings = settings;
        // Only peers talk to the log: a node's certificate of the same authority is turned away.
        tls = settings.security() instanceof Security.MutualTls(var own) ? own.context(Set.of(Role.PEER)) : null;
    }

    /** The other end's name by its certificate is the one that it says. */
    private static void requireName(@Nullable SSLSocket secured, String name) throws IOException {
        if (secured == null) {
            return;
        }
        try {
            Identity proven = Identity.of((X509Certificate) secured.getSession().getPeerCertificates()[0]);
            if (!proven.name().equals(name)) {
                throw new RefusedException("certificate of " + proven + " found, that of peer " + name
                        + " expected: give each peer the certificate of its own name");
            }
        } catch (CertificateParsingException wrong) {
            throw new RefusedException(wrong.getMessage());
        }
    }

    private @Nullable SSLSocket secured(Socket raw, boolean client) throws IOException {
        if (tls == null) {
            return null;
        }
        SSLSocket secured = (SSLSocket)
                tls.getSocketFactory().createSocket(raw, raw.getInetAddress().getHostAddress(), raw.getPort(), true);
        secured.setUseClientMode(client);
        if (!client) {
            secured.setNeedClientAuth(true);
        }
        return secured;
    }

    /**
     * Makes a link that this end opened.
     *
     * @param watch is given the link before anything is waited for, and ends it when it is late
     */
    Link open(Socket raw, String peer, Watch watch) throws IOException {
        SSLSocket secured = secured(raw, true);
        Link link = new Link(raw, secured == null ? raw : secured, settings.answerMillis());
        link.expect(LIMIT_MILLIS);
        watch.add(link);
        try {
            greet(link, secured, peer);
        } catch (IOException | RuntimeException failure) {
            link.close();
            throw failure;
        }
        link.expectNothing();
        return link;
    }

    private void greet(Link link, @Nullable SSLSocket secured, String peer) throws IOException {
        if (secured != null) {
            secured.startHandshake();
            requireName(secured, peer);
        }
        link.send(Frame.encode(Kind.HELLO, 0, new Greeting(settings.group(), settings.self(), peer).encode()));
        Frame answer = link.receive(Frame.GREETING_MAX);
        switch (answer.kind()) {
            case WELCOME -> {
                Greeting other = Greeting.decode(answer.payload());
                if (!other.sender().equals(peer) || !other.group().equals(settings.group())) {
                    throw new RefusedException("peer " + other.sender() + " of group " + other.group()
                            + " answered, peer " + peer + " of group " + settings.group()
                            + " expected: correct the address of peer " + peer);
                }
            }
            case REFUSED -> throw new RefusedException("peer " + peer + " refused: " + answer.text());
            default -> throw new BadFrameException("answer " + answer.kind() + " found, WELCOME or REFUSED expected");
        }
    }

    /** A link that is being accepted: the greeting has not come yet. */
    record Accepted(Link link, @Nullable SSLSocket secured) {}

    /** Begins to make a link that the other end opened. Does not block. */
    Accepted accept(Socket raw) throws IOException {
        SSLSocket secured = secured(raw, false);
        Link link = new Link(raw, secured == null ? raw : secured, settings.answerMillis());
        link.expect(LIMIT_MILLIS);
        return new Accepted(link, secured);
    }

    /**
     * Receives the greeting of the other end and answers it.
     *
     * @return the other end's name
     * @throws RefusedException if it is not let in; it has been told why
     */
    String welcome(Accepted accepted) throws IOException {
        Link link = accepted.link;
        if (accepted.secured != null) {
            accepted.secured.startHandshake();
        }
        Frame hello = link.receive(Frame.GREETING_MAX);
        if (hello.kind() != Kind.HELLO) {
            throw new BadFrameException("frame " + hello.kind() + " found, HELLO expected");
        }
        Greeting other = Greeting.decode(hello.payload());
        try {
            if (!other.group().equals(settings.group())) {
                throw new RefusedException("peer " + other.sender() + " of group " + other.group()
                        + " found, one of group " + settings.group()
                        + " expected: give all peers the same cluster name, or correct the address");
            }
            if (!other.receiver().equals(settings.self())) {
                throw new RefusedException("this is peer " + settings.self() + ", and peer " + other.sender()
                        + " looks for peer " + other.receiver() + ": correct the address of that peer");
            }
            if (other.sender().equals(settings.self())) {
                throw new RefusedException("another peer has the name " + settings.self() + " too: rename one");
            }
            requireName(accepted.secured, other.sender());
        } catch (RefusedException refused) {
            link.send(Frame.encode(
                    Kind.REFUSED, 0, String.valueOf(refused.getMessage()).getBytes(StandardCharsets.UTF_8)));
            throw refused;
        }
        link.send(Frame.encode(
                Kind.WELCOME, 0, new Greeting(settings.group(), settings.self(), other.sender()).encode()));
        link.expectNothing();
        return other.sender();
    }
}
