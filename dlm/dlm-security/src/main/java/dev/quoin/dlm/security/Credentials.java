package dev.quoin.dlm.security;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One end's keys, and whom it trusts. The files are looked at again when a connection is made, at most once a second, so that a new
 * certificate is used from the next connection on; while the new files cannot be used, the old keys are. Any thread may use it.
 */
public final class Credentials {

    private static final Logger LOG = LoggerFactory.getLogger(Credentials.class);
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** What the files held when they were read. */
    record Loaded(
            List<FileTime> times, Identity self, List<X509Certificate> chain, PrivateKey key, X509TrustManager trust) {}

    private final TlsFiles files;
    private final Identity self;
    private volatile Loaded loaded;
    private long lookedNanos = System.nanoTime();

    private Credentials(TlsFiles files) throws IOException {
        this.files = files;
        loaded = read(files);
        self = loaded.self();
    }

    /**
     * Reads the files. Blocking.
     *
     * @throws IOException naming the file that is not as it should be, or the certificate without an identity
     */
    public static Credentials load(TlsFiles files) throws IOException {
        return new Credentials(files);
    }

    /** Who this end is. */
    public Identity self() {
        return self;
    }

    /** Proves to the other end who this one is. */
    public X509ExtendedKeyManager keys() {
        return new OwnKeys(this);
    }

    /** Accepts the other end if it is of this cluster and in one of these roles. Host names and addresses are not looked at. */
    public X509ExtendedTrustManager trust(Set<Role> roles) {
        return new RoleTrust(this, roles);
    }

    /** For sockets: both of the above. Whoever accepts connections has to ask for the other's certificate. */
    public SSLContext context(Set<Role> roles) {
        try {
            SSLContext context = SSLContext.getInstance("TLSv1.3");
            context.init(new KeyManager[] {keys()}, new TrustManager[] {trust(roles)}, null);
            return context;
        } catch (GeneralSecurityException broken) {
            throw new IllegalStateException("this Java has no TLS 1.3", broken);
        }
    }

    /** The newest that can be used. */
    synchronized Loaded current() {
        long now = System.nanoTime();
        if (now - lookedNanos > LOOK_NANOS) {
            lookedNanos = now;
            try {
                if (!times(files).equals(loaded.times())) {
                    Loaded fresh = read(files);
                    if (fresh.self().equals(self)) {
                        loaded = fresh;
                        LOG.info(
                                "certificate renewed identity={} until={}",
                                self,
                                fresh.chain().getFirst().getNotAfter());
                    } else {
                        LOG.warn(
                                "certificate of another found={} expected={} file={}",
                                fresh.self(),
                                self,
                                files.certificates());
                    }
                }
            } catch (IOException unusable) {
                LOG.warn("new certificate cannot be used, the old one stays identity={}", self, unusable);
            }
        }
        return loaded;
    }

    private static List<FileTime> times(TlsFiles files) throws IOException {
        List<FileTime> times = new ArrayList<>();
        for (Path file : List.of(files.certificates(), files.key(), files.authorities())) {
            times.add(Files.getLastModifiedTime(file));
        }
        return times;
    }

    private static Loaded read(TlsFiles files) throws IOException {
        List<X509Certificate> chain = Pem.certificates(files.certificates());
        PrivateKey key = Pem.key(files.key());
        List<X509Certificate> authorities = Pem.certificates(files.authorities());
        if (!KeyPairs.match(chain.getFirst().getPublicKey(), key)) {
            throw new IOException("private key " + files.key() + " is not that of certificate " + files.certificates()
                    + ": name the two that were issued together");
        }
        try {
            return new Loaded(times(files), Identity.of(chain.getFirst()), chain, key, trusting(authorities));
        } catch (CertificateParsingException wrong) {
            throw new IOException("file " + files.certificates() + ": " + wrong.getMessage(), wrong);
        } catch (GeneralSecurityException wrong) {
            throw new IOException("file " + files.authorities() + ": " + wrong.getMessage(), wrong);
        }
    }

    private static X509TrustManager trusting(List<X509Certificate> authorities)
            throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        for (int i = 0; i < authorities.size(); i++) {
            store.setCertificateEntry("authority-" + i, authorities.get(i));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509TrustManager trust) {
                return trust;
            }
        }
        throw new GeneralSecurityException("this Java checks no X.509 certificates");
    }

    @Override
    public String toString() {
        return "credentials of " + self;
    }
}
