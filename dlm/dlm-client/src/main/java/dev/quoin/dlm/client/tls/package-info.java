/** What {@link dev.quoin.dlm.security.Security} means to gRPC. */
@NullMarked
package dev.quoin.dlm.client.tls;

import org.jspecify.annotations.NullMarked;
