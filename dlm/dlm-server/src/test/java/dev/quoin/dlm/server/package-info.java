/** Tests of the lock manager's server, through the client's interface. */
@NullMarked
package dev.quoin.dlm.server;

import org.jspecify.annotations.NullMarked;
