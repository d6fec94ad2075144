/** Persistent reservations that several nodes have in common, by the locks and the registry of the lock manager. */
@NullMarked
package dev.quoin.tools.reservation;

import org.jspecify.annotations.NullMarked;
