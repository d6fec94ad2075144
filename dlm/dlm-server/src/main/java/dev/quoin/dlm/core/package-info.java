/**
 * The lock manager as a pure state machine: commands with a stamp go in, effects come out, and nothing else happens.
 *
 * <p>No clock, thread, randomness or I/O is used here, so the same commands give the same state and the same effects on each
 * replica, in a simulator and in a test. The semantics are those of OpenVMS {@code $ENQ} and of the Linux DLM
 * ({@code fs/dlm/lock.c}); {@link dev.quoin.dlm.core.LockTable} lists the rules.
 */
@NullMarked
package dev.quoin.dlm.core;

import org.jspecify.annotations.NullMarked;
