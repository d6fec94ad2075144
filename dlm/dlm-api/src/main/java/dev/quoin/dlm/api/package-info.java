/**
 * What applications see of the lock manager: sessions, locks, fencing tokens and the registry.
 *
 * <p>The semantics are those of OpenVMS {@code $ENQ} and of the Linux DLM; each type says where it differs.
 */
@NullMarked
package dev.quoin.dlm.api;

import org.jspecify.annotations.NullMarked;
