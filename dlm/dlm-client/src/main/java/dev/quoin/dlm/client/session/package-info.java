/**
 * A session's client side without its transport: numbering and repeating of operations, leases by the local clock, held locks,
 * watches. Internal: shared by the gRPC client and by the in-process lock manager, which differ only in the {@link
 * dev.quoin.dlm.client.session.Carrier}.
 */
@NullMarked
package dev.quoin.dlm.client.session;

import org.jspecify.annotations.NullMarked;
