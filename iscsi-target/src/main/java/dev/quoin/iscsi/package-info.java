/**
 * The iSCSI target (RFC 7143) and, beside it, a user-space initiator.
 *
 * <p>{@link dev.quoin.iscsi.IscsiServer} listens, and hosts targets; {@link dev.quoin.iscsi.IscsiTarget} exports block devices; {@link dev.quoin.iscsi.initiator.IscsiDevice} is a block device
 * that some target exports.
 */
@NullMarked
package dev.quoin.iscsi;

import org.jspecify.annotations.NullMarked;
