package dev.quoin.dlm.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.quoin.dlm.api.LockClient;
import dev.quoin.dlm.api.Transaction;
import dev.quoin.dlm.api.TransactionOutcome;
import dev.quoin.dlm.raft.RaftTransport;
import dev.quoin.dlm.security.CertificateAuthority;
import dev.quoin.dlm.security.Identity;
import dev.quoin.dlm.security.Role;
import dev.quoin.dlm.security.Security;
import dev.quoin.dlm.security.TlsFiles;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What comes to the log's address and is not from a peer of the group does no harm, and the reason is in the log. */
class HostilePeerTest {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final int STRANGERS = 40;

    @TempDir
    Path dir;

    private static Socket connect(DlmPeerConfig.Peer peer) throws IOException {
        InetSocketAddress address = Addresses.parse(peer.raftAddress());
        Socket socket = new Socket(address.getHostString(), address.getPort());
        socket.setSoTimeout((int) LIMIT.toMillis());
        return socket;
    }

    private static byte[] frame(int kind, byte[] payload) {
        byte[] bytes = new byte[24 + payload.length];
        ByteBuffer.wrap(bytes)
                .putInt(0x51524654)
                .put((byte) 1)
                .put((byte) kind)
                .putShort((short) 0)
                .putLong(7)
                .putInt(payload.length);
        System.arraycopy(payload, 0, bytes, 24, payload.length);
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, 20);
        crc.update(payload);
        ByteBuffer.wrap(bytes).putInt(20, (int) crc.getValue());
        return bytes;
    }

    /** Sends what it can and reads until the peer closes the connection. */
    private static String talk(DlmPeerConfig.Peer peer, byte[] bytes) throws IOException {
        try (Socket socket = connect(peer)) {
            try {
                socket.getOutputStream().write(bytes);
                return new String(socket.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            } catch (java.net.SocketException reset) {
                return "";
            }
        }
    }

    private static void put(LockClient client) {
        assertThat(client.registry()
                        .commit(Transaction.builder().put("k", new byte[10]).build()))
                .isInstanceOf(TransactionOutcome.Committed.class);
    }

    private static long logThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("dlm-raft-requests"))
                .count();
    }

    @Test
    void strangersOfAllKinds_areTurnedAway_andTheGroupServes() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        Random random = new Random(seed);
        try (Cluster cluster = new Cluster(dir, 3, config -> config.transport(RaftTransport.SOCKET)).startAll();
                LockClient client = cluster.connect("a")) {
            put(client);
            long before = logThreads();
            DlmPeerConfig.Peer target = cluster.members.getFirst();
            for (int i = 0; i < STRANGERS; i++) {
                byte[] noise = new byte[1 + random.nextInt(200)];
                random.nextBytes(noise);
                // Random bytes, and random payloads in good frames of all kinds, also as the first frame.
                byte[] sent = i % 2 == 0 ? noise : frame(random.nextInt(10), noise);
                if (i % 2 == 0 && noise.length < 24) {
                    // Too short to be judged: it goes by itself.
                    connect(target).close();
                } else {
                    assertThat(talk(target, sent)).as("seed %d", seed).doesNotContain("QRFT\u0001\u0002");
                }
            }
            // One whose group is another's is told so.
            assertThat(talk(target, frame(1, greeting("another", "p1", target.id()))))
                    .contains("the same cluster name");
            assertThat(talk(target, frame(1, greeting("test", "p1", "p2")))).contains("correct the address");
            assertThat(talk(target, frame(1, greeting("test", target.id(), target.id()))))
                    .contains("rename one");
            put(client);
            await().atMost(LIMIT).until(() -> logThreads() <= before);
            assertThat(cluster.running.get(target.id()).stopped()).isNotDone();
        }
    }

    private static byte[] greeting(String cluster, String sender, String receiver) {
        java.util.UUID group = java.util.UUID.nameUUIDFromBytes(
                ("quoin-dlm " + cluster).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        return ByteBuffer.allocate(18 + sender.length() + receiver.length())
                .putLong(group.getMostSignificantBits())
                .putLong(group.getLeastSignificantBits())
                .put((byte) sender.length())
                .put(sender.getBytes(java.nio.charset.StandardCharsets.UTF_8))
                .put((byte) receiver.length())
                .put(receiver.getBytes(java.nio.charset.StandardCharsets.UTF_8))
                .array();
    }

    @Test
    void slowAndMany_areCutOff_andTheGroupServes() throws Exception {
        List<Socket> sockets = new ArrayList<>();
        try (Cluster cluster = new Cluster(dir, 3, config -> config.transport(RaftTransport.SOCKET)).startAll();
                LockClient client = cluster.connect("a")) {
            put(client);
            DlmPeerConfig.Peer target = cluster.members.getFirst();
            // Half a greeting and then nothing, from more than are let in.
            byte[] half = java.util.Arrays.copyOf(frame(1, greeting("test", "p1", target.id())), 30);
            int turnedAway = 0;
            for (int i = 0; i < 100; i++) {
                Socket socket = connect(target);
                sockets.add(socket);
                OutputStream out = socket.getOutputStream();
                try {
                    out.write(half);
                } catch (IOException full) {
                    turnedAway++;
                }
            }
            assertThat(turnedAway).isLessThan(sockets.size());
            put(client);
            for (Socket socket : sockets) {
                // The peer ends each of them.
                assertThatThrownBy(() -> {
                            if (socket.getInputStream().read() < 0) {
                                throw new IOException("ended");
                            }
                        })
                        .isInstanceOf(IOException.class)
                        .isNotInstanceOf(java.net.SocketTimeoutException.class);
            }
            put(client);
            // A recognised one that asks nonsense loses its connection and nothing else.
            byte[] hello = frame(1, greeting("test", "p1", target.id()));
            byte[] nonsense = frame(5, new byte[] {(byte) 0xff, 1, 2, 3});
            byte[] both = java.util.Arrays.copyOf(hello, hello.length + nonsense.length);
            System.arraycopy(nonsense, 0, both, hello.length, nonsense.length);
            assertThat(talk(target, both)).startsWith("QRFT\u0001\u0002");
            put(client);
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    @Test
    void peersOfDifferentTransports_saySoInTheLog() throws Exception {
        try (Said said = new Said();
                Cluster cluster = new Cluster(
                        dir,
                        3,
                        config -> config.transport(
                                config.id().equals("p2") ? RaftTransport.GRPC : RaftTransport.SOCKET))) {
            cluster.startAll();
            try (LockClient client = cluster.connect("a")) {
                put(client);
                await().atMost(LIMIT).until(() -> said.contains("connection turned away", "same transport"));
                await().atMost(LIMIT).until(() -> said.contains("peer cannot be reached peer=p2", "same transport"));
            }
        }
    }

    @Test
    void certificatesOfOthers_doNotGetIn() throws Exception {
        Path keys = dir.resolve("keys");
        CertificateAuthority authority = CertificateAuthority.create(keys, "test");
        try (Cluster cluster = new Cluster(
                        dir,
                        3,
                        id -> TransportSuite.issue(authority, keys, Role.PEER, id),
                        config -> config.transport(RaftTransport.SOCKET))
                .startAll()) {
            cluster.awaitLeader();
            DlmPeerConfig.Peer target = cluster.members.getFirst();
            // Plain, of another authority, of a node, and of a peer of another name.
            assertThat(talk(target, frame(1, greeting("test", "p1", target.id()))))
                    .doesNotContain("QRFT");
            CertificateAuthority other = CertificateAuthority.create(dir.resolve("other"), "test");
            other.issue(
                    new Identity("test", Role.PEER, "p1"), List.of(), Duration.ofDays(1), dir.resolve("other"), false);
            assertThat(talkTls(target, TlsFiles.in(dir.resolve("other"), Role.PEER, "p1"), "p1"))
                    .doesNotContain("QRFT");
            authority.issue(new Identity("test", Role.NODE, "p1"), List.of(), Duration.ofDays(1), keys, false);
            assertThat(talkTls(target, TlsFiles.in(keys, Role.NODE, "p1"), "p1"))
                    .doesNotContain("QRFT");
            assertThat(talkTls(target, TlsFiles.in(keys, Role.PEER, "p2"), "p1"))
                    .contains("certificate of peer p2 found, that of peer p1 expected");
            assertThat(talkTls(target, TlsFiles.in(keys, Role.PEER, "p1"), "p1"))
                    .startsWith("QRFT\u0001\u0002");
        }
    }

    private static String talkTls(DlmPeerConfig.Peer peer, TlsFiles files, String sender) throws IOException {
        Security.MutualTls tls = (Security.MutualTls) Security.mutualTls(files);
        javax.net.ssl.SSLContext context = trustingAnybody(tls);
        try (Socket raw = connect(peer);
                Socket socket = context.getSocketFactory().createSocket(raw, "peer", raw.getPort(), true)) {
            socket.setSoTimeout(2_000);
            socket.getOutputStream().write(frame(1, greeting("test", sender, peer.id())));
            byte[] answer = socket.getInputStream().readNBytes(24);
            byte[] rest =
                    socket.getInputStream().readNBytes(ByteBuffer.wrap(answer).getInt(16));
            return new String(answer, java.nio.charset.StandardCharsets.UTF_8)
                    + new String(rest, java.nio.charset.StandardCharsets.UTF_8);
        } catch (javax.net.ssl.SSLException | java.net.SocketException | IndexOutOfBoundsException turnedAway) {
            return "";
        }
    }

    /** A stranger does not care whom it talks to. */
    private static javax.net.ssl.SSLContext trustingAnybody(Security.MutualTls tls) throws IOException {
        try {
            javax.net.ssl.SSLContext context = javax.net.ssl.SSLContext.getInstance("TLSv1.3");
            context.init(
                    new javax.net.ssl.KeyManager[] {tls.credentials().keys()},
                    new javax.net.ssl.TrustManager[] {new Anybody()},
                    null);
            return context;
        } catch (java.security.GeneralSecurityException failure) {
            throw new IOException(failure);
        }
    }

    private static final class Anybody extends javax.net.ssl.X509ExtendedTrustManager {
        @Override
        public void checkClientTrusted(java.security.cert.X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkServerTrusted(java.security.cert.X509Certificate[] chain, String type, Socket socket) {}

        @Override
        public void checkClientTrusted(
                java.security.cert.X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

        @Override
        public void checkServerTrusted(
                java.security.cert.X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

        @Override
        public void checkClientTrusted(java.security.cert.X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(java.security.cert.X509Certificate[] chain, String type) {}

        @Override
        public java.security.cert.X509Certificate[] getAcceptedIssuers() {
            return new java.security.cert.X509Certificate[0];
        }
    }

    /** What is logged meanwhile. */
    private static final class Said implements AutoCloseable {

        private final Logger logger = (Logger) LoggerFactory.getLogger("dev.quoin.dlm.raft");
        private final ListAppender<ILoggingEvent> events = new ListAppender<>();

        Said() {
            events.list = java.util.Collections.synchronizedList(new ArrayList<>());
            events.start();
            logger.addAppender(events);
        }

        boolean contains(String one, String other) {
            return List.copyOf(events.list).stream()
                    .map(ILoggingEvent::getFormattedMessage)
                    .anyMatch(text -> text.contains(one) && text.contains(other));
        }

        @Override
        public void close() {
            logger.detachAppender(events);
        }
    }
}
