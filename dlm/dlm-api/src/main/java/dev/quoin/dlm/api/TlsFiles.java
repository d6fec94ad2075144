package dev.quoin.dlm.api;

import java.nio.file.Path;

/**
 * Where one party's keys for mutual TLS are, all in PEM.
 *
 * @param certificates this party's certificate, followed by those between it and the authority, if any
 * @param key its private key, PKCS#8, readable by its owner only
 * @param authorities the certificates of the authorities whose certificates are trusted
 */
public record TlsFiles(Path certificates, Path key, Path authorities) {}
