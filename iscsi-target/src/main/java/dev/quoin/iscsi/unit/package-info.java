/**
 * A logical unit as all sessions see it: its device, its reservations, its settings, and the order of writes that depend on what is
 * there.
 */
@NullMarked
package dev.quoin.iscsi.unit;

import org.jspecify.annotations.NullMarked;
