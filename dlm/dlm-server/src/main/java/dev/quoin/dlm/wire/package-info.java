/** Between messages and the core's commands and effects: what comes from a client or the log is checked here. */
@NullMarked
package dev.quoin.dlm.wire;

import org.jspecify.annotations.NullMarked;
