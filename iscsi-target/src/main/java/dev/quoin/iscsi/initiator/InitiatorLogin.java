package dev.quoin.iscsi.initiator;

import dev.quoin.iscsi.chap.ChapProof;
import dev.quoin.iscsi.login.Negotiation;
import dev.quoin.iscsi.wire.Bhs;
import dev.quoin.iscsi.wire.Decoded;
import dev.quoin.iscsi.wire.Malformed;
import dev.quoin.iscsi.wire.PduDecoder;
import dev.quoin.iscsi.wire.PduEncoder;
import dev.quoin.iscsi.wire.Request;
import dev.quoin.iscsi.wire.Response;
import dev.quoin.iscsi.wire.TextKeys;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The initiator's side of a login (RFC 7143 6.3): connects, offers what suits block devices, and takes what the target makes of
 * it. Blocking, within the timeout.
 */
final class InitiatorLogin {

    private static final int SECURITY = 0;
    private static final int OPERATIONAL = 1;
    private static final int FULL_FEATURE = 3;
    private static final int STEPS_MAX = 16;

    /** So many times a login lets itself be sent elsewhere. */
    private static final int REDIRECTS_MAX = 4;

    private static final int REDIRECTION = 1;
    private static final Logger LOG = LoggerFactory.getLogger(InitiatorLogin.class);
    private static final int TEXT_BYTES_MAX = 64 << 10;
    private static final int SEGMENT_MAX = 8_192;
    private static final int MAX_BURST = 16 << 20;
    private static final TextKeys.Pair NO_PROOF = new TextKeys.Pair("AuthMethod", "None");
    private static final SecureRandom RANDOM = new SecureRandom();

    private final IscsiUrl url;
    private final InitiatorConfig config;
    private final long isid;

    /** The portal of the last login. */
    private int lastGood;

    /**
     * A login that can be repeated; with the same ISID a new session takes the place of the old one.
     *
     * @param isid 48 bits
     */
    InitiatorLogin(IscsiUrl url, InitiatorConfig config, long isid) {
        this.url = url;
        this.config = config;
        this.isid = isid;
    }

    /**
     * Connects and logs in, at the portal that was good last or at another one; where the target sends us elsewhere, there.
     *
     * @throws LoginRefusedException if the target answers and refuses
     * @throws IOException if it cannot be reached, or does not speak iSCSI
     */
    LoggedIn run() throws IOException {
        List<PortalAddress> portals = url.portals();
        IOException last = new IOException(url + ": no portal");
        for (int tried = 0; tried < portals.size(); tried++) {
            int at = (lastGood + tried) % portals.size();
            try {
                LoggedIn result = redirected(portals.get(at));
                lastGood = at;
                return result;
            } catch (LoginRefusedException refused) {
                if (!refused.passing()) {
                    throw refused;
                }
                last = refused;
            } catch (IOException failure) {
                last = failure;
            }
        }
        throw last;
    }

    private LoggedIn redirected(PortalAddress portal) throws IOException {
        PortalAddress address = portal;
        for (int hop = 0; ; hop++) {
            try {
                return run(address.resolve());
            } catch (LoginRefusedException refused) {
                PortalAddress next = refused.movedTo();
                if (next == null || hop == REDIRECTS_MAX) {
                    throw refused;
                }
                LOG.info("login redirected; device={} from={} to={}", url, address, next);
                address = next;
            }
        }
    }

    private LoggedIn run(InetSocketAddress address) throws IOException {
        Duration timeout = config.connectTimeout();
        SocketChannel channel = SocketChannel.open();
        boolean done = false;
        try {
            Socket socket = channel.socket();
            socket.connect(address, Math.toIntExact(timeout.toMillis()));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
            // A channel in blocking mode knows no timeout of its own; its socket does.
            socket.setSoTimeout(Math.toIntExact(timeout.toMillis()));
            LoggedIn result = exchange(channel);
            done = true;
            return result;
        } finally {
            if (!done) {
                channel.close();
            }
        }
    }

    private LoggedIn exchange(SocketChannel channel) throws IOException {
        int stage = SECURITY;
        int expStatSn = 0;
        ChapProof proof = config.chap() == null ? null : new ChapProof(config.chap(), RANDOM::nextBytes);
        TextKeys offer = identity(proof == null ? NO_PROOF : proof.offer());
        // The target may end the security stage as soon as it has, or does not want, a proof.
        boolean transit = proof == null;
        Negotiated agreed = new Negotiated();
        for (int step = 0; step < STEPS_MAX; step++) {
            int next = stage == SECURITY ? OPERATIONAL : FULL_FEATURE;
            Request.Login request = new Request.Login(
                    transit, false, stage, transit ? next : 0, 0, 0, isid, 0, 1, 0, Negotiated.FIRST_CMD_SN, expStatSn);
            send(channel, request, offer.bytes());
            Answer answer = receive(channel, request);
            Response.LoginResponse response = answer.response();
            expStatSn = response.statSn() + 1;
            agreed.take(answer.keys());
            offer = new TextKeys(List.of());
            boolean proven = true;
            if (stage == SECURITY && proof != null) {
                switch (proof.take(answer.keys())) {
                    case ChapProof.Send(List<TextKeys.Pair> keys, boolean last) -> {
                        offer = new TextKeys(keys);
                        transit = last;
                        proven = false;
                    }
                    case ChapProof.Proven() -> transit = true;
                    case ChapProof.Failed(String why) -> throw new IOException(url + ": CHAP: " + why);
                }
            }
            if (response.transit()) {
                if (!proven) {
                    throw new IOException(url + ": the target ends the security stage, the rest of CHAP expected");
                }
                if (response.nextStage() == FULL_FEATURE) {
                    return agreed.result(channel, response.maxCmdSn(), expStatSn);
                }
                stage = response.nextStage();
                offer = operational();
            }
        }
        throw new IOException(url + ": the login did not end after " + STEPS_MAX + " steps");
    }

    private TextKeys identity(TextKeys.Pair method) {
        return new TextKeys(List.of(
                new TextKeys.Pair("InitiatorName", config.initiatorName()),
                new TextKeys.Pair("TargetName", url.targetName()),
                new TextKeys.Pair("SessionType", "Normal"),
                method));
    }

    private static TextKeys operational() {
        return new TextKeys(List.of(
                new TextKeys.Pair("HeaderDigest", "None"),
                new TextKeys.Pair("DataDigest", "None"),
                new TextKeys.Pair("MaxConnections", "1"),
                new TextKeys.Pair("InitialR2T", "No"),
                new TextKeys.Pair("ImmediateData", "Yes"),
                new TextKeys.Pair("MaxRecvDataSegmentLength", String.valueOf(LoggedIn.MAX_RECEIVE_LENGTH)),
                new TextKeys.Pair("MaxBurstLength", String.valueOf(MAX_BURST)),
                new TextKeys.Pair("FirstBurstLength", String.valueOf(Negotiated.FIRST_BURST_MAX)),
                new TextKeys.Pair("DefaultTime2Wait", "0"),
                new TextKeys.Pair("DefaultTime2Retain", "0"),
                new TextKeys.Pair("MaxOutstandingR2T", "1"),
                new TextKeys.Pair("DataPDUInOrder", "Yes"),
                new TextKeys.Pair("DataSequenceInOrder", "Yes"),
                new TextKeys.Pair("ErrorRecoveryLevel", "0"),
                new TextKeys.Pair(Negotiation.INCARNATION_KEY, "?")));
    }

    private static void send(SocketChannel channel, Request.Login request, byte[] text) throws IOException {
        ByteBuffer out = ByteBuffer.allocate(Bhs.LENGTH + Bhs.padded(text.length));
        PduEncoder.encode(request, text.length, out, 0);
        out.put(Bhs.LENGTH, text);
        while (out.hasRemaining()) {
            channel.write(out);
        }
    }

    private record Answer(Response.LoginResponse response, TextKeys keys) {}

    /** Reads responses until one without the C bit; each part is asked for with an empty request (RFC 7143 6.2). */
    private Answer receive(SocketChannel channel, Request.Login request) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        while (true) {
            ByteBuffer header = read(channel, Bhs.LENGTH);
            int length = Bhs.dataLength(header, 0);
            if (length > SEGMENT_MAX || text.size() + length > TEXT_BYTES_MAX) {
                throw new IOException(url + ": a login response with " + length + " bytes of data found, at most "
                        + SEGMENT_MAX + " expected");
            }
            ByteBuffer data = read(channel, Bhs.padded(length));
            byte[] part = new byte[length];
            data.get(0, part);
            text.writeBytes(part);
            Decoded decoded = PduDecoder.decode(header, 0);
            if (!(decoded instanceof Response.LoginResponse response)) {
                throw new IOException(url + ": no login response but opcode " + Bhs.opcode(header, 0));
            }
            if (response.statusClass() != 0) {
                PortalAddress movedTo =
                        response.statusClass() == REDIRECTION ? Redirect.of(keys(text.toByteArray())) : null;
                throw new LoginRefusedException(
                        url.toString(), response.statusClass(), response.statusDetail(), movedTo);
            }
            if (!response.continues()) {
                return new Answer(response, keys(text.toByteArray()));
            }
            Request.Login more = new Request.Login(
                    false,
                    false,
                    request.currentStage(),
                    0,
                    0,
                    0,
                    isid,
                    0,
                    1,
                    0,
                    Negotiated.FIRST_CMD_SN,
                    response.statSn() + 1);
            send(channel, more, new byte[0]);
        }
    }

    private TextKeys keys(byte[] text) throws IOException {
        return switch (TextKeys.parse(text)) {
            case Malformed bad -> throw new IOException(url + ": the login response has a bad " + bad.field());
            case TextKeys keys -> keys;
        };
    }

    /** Reads by the socket's stream, which keeps to the timeout. */
    private ByteBuffer read(SocketChannel channel, int length) throws IOException {
        byte[] bytes = new byte[length];
        int count = channel.socket().getInputStream().readNBytes(bytes, 0, length);
        if (count < length) {
            throw new EOFException(url + ": the target closed the connection during the login");
        }
        return ByteBuffer.wrap(bytes);
    }
}
