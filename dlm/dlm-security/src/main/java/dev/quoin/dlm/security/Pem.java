package dev.quoin.dlm.security;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Keys and certificates as text (RFC 7468). */
final class Pem {

    /** More than any chain or set of authorities needs. */
    private static final long FILE_BYTES_MAX = 1 << 20;

    private static final Pattern KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----\\s+([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");

    private static final List<String> KEY_ALGORITHMS = List.of("EC", "RSA", "EdDSA");

    private static final Set<PosixFilePermission> OWNER_ONLY =
            Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE);

    private Pem() {}

    /** One certificate or more; the first is its owner's. */
    static List<X509Certificate> certificates(Path file) throws IOException {
        List<X509Certificate> certificates = new ArrayList<>();
        try {
            for (Certificate certificate : CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(read(file)))) {
                certificates.add((X509Certificate) certificate);
            }
        } catch (CertificateException wrong) {
            throw new IOException("file " + file + " holds no readable certificate: " + wrong.getMessage(), wrong);
        }
        if (certificates.isEmpty()) {
            throw new IOException("file " + file + " holds no certificate, -----BEGIN CERTIFICATE----- expected");
        }
        return certificates;
    }

    /** A private key (PKCS#8) that nobody but its owner can read. */
    static PrivateKey key(Path file) throws IOException {
        String text = new String(read(file), StandardCharsets.US_ASCII);
        if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Set<PosixFilePermission> open = Files.getPosixFilePermissions(file);
            open.removeAll(OWNER_ONLY);
            if (!open.isEmpty()) {
                throw new IOException("private key " + file + " can be used by others than its owner (" + open
                        + "): chmod 600 " + file);
            }
        }
        Matcher form = KEY.matcher(text);
        if (!form.find()) {
            throw new IOException(
                    "file " + file + " holds no private key, -----BEGIN PRIVATE KEY----- (PKCS#8) expected");
        }
        PKCS8EncodedKeySpec encoded;
        try {
            encoded = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(form.group(1)));
        } catch (IllegalArgumentException wrong) {
            throw new IOException("private key " + file + " is damaged: " + wrong.getMessage(), wrong);
        }
        for (String algorithm : KEY_ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(encoded);
            } catch (InvalidKeySpecException other) {
                // It is of another algorithm, or damaged.
            } catch (GeneralSecurityException missing) {
                throw new IOException("this Java has no " + algorithm + " keys", missing);
            }
        }
        throw new IOException("private key " + file + " is damaged, or not of " + KEY_ALGORITHMS);
    }

    private static byte[] read(Path file) throws IOException {
        try {
            if (Files.size(file) > FILE_BYTES_MAX) {
                throw new IOException("file " + file + " of " + Files.size(file) + " bytes found, at most "
                        + FILE_BYTES_MAX + " expected: name a file with keys or certificates");
            }
            return Files.readAllBytes(file);
        } catch (NoSuchFileException missing) {
            throw new IOException("file " + file + " does not exist: make it with quoin dlm certs", missing);
        }
    }

    /** Text of one key or certificate. */
    static String text(String what, byte[] der) {
        return "-----BEGIN " + what + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + what + "-----\n";
    }
}
