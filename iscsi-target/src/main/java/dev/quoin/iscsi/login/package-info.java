/**
 * The login phase (RFC 7143 section 6 and 13) as a state machine without threads or sockets: stages, security, negotiation of
 * keys. What comes out is who logged in and the parameters that both sides agreed on.
 */
@NullMarked
package dev.quoin.iscsi.login;

import org.jspecify.annotations.NullMarked;
