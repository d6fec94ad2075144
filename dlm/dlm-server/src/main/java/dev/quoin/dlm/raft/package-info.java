/**
 * The replicated log, on Apache Ratis: the only package that knows it.
 *
 * <p>Settings and their reasons are in {@code RaftSettings}. A log entry is one {@code LogBatch} message, see {@code dlm.proto}.
 */
@NullMarked
package dev.quoin.dlm.raft;

import org.jspecify.annotations.NullMarked;
