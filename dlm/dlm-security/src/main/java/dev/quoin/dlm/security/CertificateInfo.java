package dev.quoin.dlm.security;

import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;

/**
 * What a certificate says, for people.
 *
 * @param identity of its owner as a URN; of an authority, what it says of that
 * @param issuer who signed it
 * @param until when it ends
 */
public record CertificateInfo(String identity, String issuer, Instant until) {

    /** Reads the first certificate of a file. Blocking. */
    public static CertificateInfo read(Path file) throws IOException {
        X509Certificate certificate = Pem.certificates(file).getFirst();
        String identity;
        if (certificate.getBasicConstraints() >= 0) {
            identity = "authority, " + certificate.getSubjectX500Principal().getName();
        } else {
            try {
                identity = Identity.of(certificate).urn();
            } catch (CertificateParsingException wrong) {
                throw new IOException("file " + file + ": " + wrong.getMessage(), wrong);
            }
        }
        return new CertificateInfo(
                identity,
                certificate.getIssuerX500Principal().getName(),
                certificate.getNotAfter().toInstant());
    }
}
