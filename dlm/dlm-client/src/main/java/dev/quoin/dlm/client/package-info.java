/** The lock manager's client: one session over gRPC, as {@link dev.quoin.dlm.api.LockClient}. */
@NullMarked
package dev.quoin.dlm.client;

import org.jspecify.annotations.NullMarked;
