/** The target and the initiator against programs that this project did not write. */
@NullMarked
package dev.quoin.iscsi.interop;

import org.jspecify.annotations.NullMarked;
