/**
 * The bytes of iSCSI (RFC 7143 section 11 and 6): headers, framing, digests and text keys.
 *
 * <p>Nothing here knows a thread, a socket or a session. Fields are read in place from 48-byte headers on the hot path and as
 * sealed records elsewhere; bad input is a {@link dev.quoin.iscsi.wire.Malformed} value, never an exception.
 */
@NullMarked
package dev.quoin.iscsi.wire;

import org.jspecify.annotations.NullMarked;
