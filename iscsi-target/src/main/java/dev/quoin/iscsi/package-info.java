/** The iSCSI target (RFC 7143) and a user-space initiator. */
@NullMarked
package dev.quoin.iscsi;

import org.jspecify.annotations.NullMarked;
