/**
 * A user-space initiator (RFC 7143): a logical unit of any target as a {@link dev.quoin.device.BlockDevice}, without kernel
 * module or root.
 */
@NullMarked
package dev.quoin.iscsi.initiator;

import org.jspecify.annotations.NullMarked;
