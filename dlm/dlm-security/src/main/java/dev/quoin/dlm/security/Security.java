package dev.quoin.dlm.security;

import java.io.IOException;

/** How connections of the lock manager are protected. There is no default: whoever wants none has to say so. */
public sealed interface Security {

    /** Nothing is encrypted and anybody who reaches an address may do everything. For loopback addresses and closed networks. */
    record Off() implements Security {}

    /**
     * Both ends prove by certificate who they are (TLS 1.2 or later, RFC 8446), and everything is encrypted.
     *
     * @param credentials of this end
     */
    record MutualTls(Credentials credentials) implements Security {}

    /** No protection. */
    static Security off() {
        return new Off();
    }

    /**
     * Mutual TLS with the keys in these files. Blocking.
     *
     * @throws IOException naming the file that is not as it should be
     */
    static Security mutualTls(TlsFiles files) throws IOException {
        return new MutualTls(Credentials.load(files));
    }
}
