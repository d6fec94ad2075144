package dev.quoin.tools.config;

import java.nio.file.Path;

/** How the lock manager's connections are protected: {@code off}, or the directory with the certificates. */
public sealed interface TlsConfig {

    /** Not at all; it has to be written. */
    record Off() implements TlsConfig {}

    /**
     * Mutual TLS.
     *
     * @param path of what {@code quoin dlm certs issue} has written
     */
    record Directory(Path path) implements TlsConfig {}

    /**
     * Reads it.
     *
     * @throws IllegalArgumentException naming what was found and what is expected
     */
    static TlsConfig parse(String text) {
        if (text.equals("off")) {
            return new Off();
        }
        if (text.isBlank()) {
            throw new IllegalArgumentException(
                    "nothing found, a directory with certificates or off expected: quoin dlm certs makes them");
        }
        return new Directory(Path.of(text));
    }
}
