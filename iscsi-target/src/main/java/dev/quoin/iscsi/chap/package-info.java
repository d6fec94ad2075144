/**
 * CHAP (RFC 1994, RFC 7143 9.2 and 12.1.3) for both sides of a login, as state machines without sockets: secrets, algorithms, who
 * may log in, and the exchange of keys. Only {@link dev.quoin.iscsi.chap.SecretFile} touches files.
 */
@NullMarked
package dev.quoin.iscsi.chap;

import org.jspecify.annotations.NullMarked;
