package dev.quoin.dlm.security;

import java.nio.file.Path;

/**
 * Where one party's keys for mutual TLS are, all in PEM.
 *
 * @param certificates this party's certificate, followed by those between it and the authority, if any
 * @param key its private key, PKCS#8, readable by its owner only
 * @param authorities the certificates of the authorities whose certificates are trusted
 */
public record TlsFiles(Path certificates, Path key, Path authorities) {

    /** The name of the file with the authority's certificate, in a directory that {@link CertificateAuthority} has filled. */
    static final String AUTHORITY = "authority.crt";

    /** The files that {@link CertificateAuthority#issue} writes: {@code ROLE-NAME.crt}, {@code ROLE-NAME.key}, {@code authority.crt}. */
    public static TlsFiles in(Path directory, Role role, String name) {
        String stem = role.word() + "-" + name;
        return new TlsFiles(
                directory.resolve(stem + ".crt"), directory.resolve(stem + ".key"), directory.resolve(AUTHORITY));
    }
}
