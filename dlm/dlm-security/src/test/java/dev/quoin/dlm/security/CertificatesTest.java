package dev.quoin.dlm.security;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proves that issued certificates work between two ends, and that those of others, and damaged files, are turned away with a reason. */
class CertificatesTest {

    private static final Duration LIFE = Duration.ofDays(30);

    @TempDir
    static Path dir;

    private static CertificateAuthority authority;
    private static TlsFiles peer;
    private static TlsFiles node;

    @BeforeAll
    static void issue() throws IOException {
        authority = CertificateAuthority.create(dir.resolve("ca"), "office");
        peer = issue(Role.PEER, "a");
        node = issue(Role.NODE, "web1");
    }

    private static TlsFiles issue(Role role, String name) throws IOException {
        return authority.issue(
                new Identity("office", role, name),
                List.of("a.example.org", "10.0.0.1", "::1"),
                LIFE,
                dir.resolve("out"),
                false);
    }

    /** What the server learns of the client; fails if either turns the other away. */
    private static Identity shakeHands(TlsFiles server, Set<Role> lets, TlsFiles client, Set<Role> wants)
            throws Exception {
        try (SSLServerSocket listening = (SSLServerSocket) Credentials.load(server)
                .context(lets)
                .getServerSocketFactory()
                .createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            listening.setNeedClientAuth(true);
            CompletableFuture<Identity> seen = CompletableFuture.supplyAsync(
                    () -> {
                        try (SSLSocket accepted = (SSLSocket) listening.accept()) {
                            accepted.startHandshake();
                            accepted.getOutputStream().write(1);
                            return Identity.of(
                                    (X509Certificate) accepted.getSession().getPeerCertificates()[0]);
                        } catch (IOException | CertificateException failure) {
                            throw new IllegalStateException(failure);
                        }
                    },
                    task -> Thread.ofVirtual().start(task));
            try (SSLSocket socket = (SSLSocket) Credentials.load(client)
                    .context(wants)
                    .getSocketFactory()
                    .createSocket(InetAddress.getLoopbackAddress(), listening.getLocalPort())) {
                socket.startHandshake();
                assertThat(socket.getInputStream().read()).isEqualTo(1);
            }
            return seen.get();
        }
    }

    @Test
    void twoEnds_knowEachOther() throws Exception {
        assertThat(shakeHands(peer, EnumSet.allOf(Role.class), node, Set.of(Role.PEER)))
                .isEqualTo(new Identity("office", Role.NODE, "web1"));
        assertThat(Files.getPosixFilePermissions(peer.key())).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        CertificateInfo info = CertificateInfo.read(peer.certificates());
        assertThat(info.identity()).isEqualTo("urn:quoin:office:peer:a");
        assertThat(info.until())
                .isBetween(Instant.now().plus(LIFE.minusDays(1)), Instant.now().plus(LIFE.plusDays(1)));
        assertThat(CertificateInfo.read(authority.certificateFile()).identity()).contains("office");
        assertThat(authority.cluster()).isEqualTo("office");
    }

    @Test
    void otherRole_otherCluster_otherAuthority_areTurnedAway() throws Exception {
        assertThatExceptionOfType(Exception.class)
                .isThrownBy(() -> shakeHands(peer, Set.of(Role.PEER), node, Set.of(Role.PEER)));
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> shakeHands(node, EnumSet.allOf(Role.class), peer, Set.of(Role.PEER)))
                .withStackTraceContaining("node web1 found, [peer] expected");

        TlsFiles elsewhere =
                authority.issue(new Identity("home", Role.PEER, "a"), List.of(), LIFE, dir.resolve("home"), false);
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> shakeHands(elsewhere, EnumSet.allOf(Role.class), peer, Set.of(Role.PEER)))
                .withStackTraceContaining("of cluster home found, one of cluster office expected");

        TlsFiles forged = CertificateAuthority.create(dir.resolve("forged-ca"), "office")
                .issue(new Identity("office", Role.PEER, "a"), List.of(), LIFE, dir.resolve("forged"), false);
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> shakeHands(forged, EnumSet.allOf(Role.class), peer, Set.of(Role.PEER)))
                .withStackTraceContaining("PKIX path");
    }

    @Test
    void nothing_isOverwritten_unlessAskedTo() {
        assertThatExceptionOfType(FileAlreadyExistsException.class)
                .isThrownBy(() -> CertificateAuthority.create(dir.resolve("ca"), "office"));
        assertThatExceptionOfType(FileAlreadyExistsException.class).isThrownBy(() -> issue(Role.PEER, "a"));
    }

    @Test
    void unusableFiles_areNamed_withWhatToDo() throws Exception {
        TlsFiles own = issue(Role.NODE, "broken");
        Path other = issue(Role.NODE, "other").key();

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> Credentials.load(new TlsFiles(own.certificates(), other, own.authorities())))
                .withMessageContaining("is not that of certificate");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> Credentials.load(new TlsFiles(own.key(), own.key(), own.authorities())))
                .withMessageContaining("certificate");
        Files.setPosixFilePermissions(own.certificates(), PosixFilePermissions.fromString("rw-------"));
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(
                        () -> Credentials.load(new TlsFiles(own.certificates(), own.certificates(), own.authorities())))
                .withMessageContaining("holds no private key");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> Credentials.load(new TlsFiles(dir.resolve("none"), own.key(), own.authorities())))
                .withMessageContaining("does not exist");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> Credentials.load(
                        new TlsFiles(authority.certificateFile(), dir.resolve("ca/authority.key"), own.authorities())))
                .withMessageContaining("0 names urn:quoin");
        Files.setPosixFilePermissions(own.key(), PosixFilePermissions.fromString("rw-r-----"));
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> Credentials.load(own))
                .withMessageContaining("chmod 600");
    }

    @Test
    void renewedCertificate_isUsed_andADamagedOneIsNot() throws Exception {
        TlsFiles own = issue(Role.NODE, "renewed");
        Credentials credentials = Credentials.load(own);
        X509Certificate first = credentials.keys().getCertificateChain("own")[0];

        Files.writeString(own.certificates(), "nonsense");
        Files.setLastModifiedTime(
                own.certificates(), FileTime.from(Instant.now().plusSeconds(1)));
        await().pollDelay(Duration.ofMillis(1_100)).until(() -> true);
        assertThat(credentials.keys().getCertificateChain("own")[0]).isEqualTo(first);

        authority.issue(new Identity("office", Role.NODE, "renewed"), List.of(), LIFE, dir.resolve("out"), true);
        await().untilAsserted(() ->
                assertThat(credentials.keys().getCertificateChain("own")[0]).isNotEqualTo(first));
    }
}
