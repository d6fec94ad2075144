/**
 * Reservations of a logical unit (SPC-4 5.13, SPC-2 5.5.1) as pure rules: who is registered, who holds what, and whether a command
 * conflicts. What changes a state is decided here; where the state is kept is another's business.
 */
@NullMarked
package dev.quoin.iscsi.reservation;

import org.jspecify.annotations.NullMarked;
