/** A peer of the lock manager. */
@NullMarked
package dev.quoin.dlm.server;

import org.jspecify.annotations.NullMarked;
