package dev.quoin.dlm.server;

import dev.quoin.dlm.security.Identity;
import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end of a connection.
 *
 * @param identity of its certificate; null without TLS, which allows everything
 * @param remote its address, for people
 */
record Caller(@Nullable Identity identity, String remote) {

    /** One without TLS, from nowhere in particular. */
    static final Caller UNKNOWN = new Caller(null, "");
}
