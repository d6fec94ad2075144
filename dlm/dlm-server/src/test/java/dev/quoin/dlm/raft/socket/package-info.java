/** Tests of the log's own transport. */
@NullMarked
package dev.quoin.dlm.raft.socket;

import org.jspecify.annotations.NullMarked;
