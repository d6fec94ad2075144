/**
 * Benchmarks beside peers, in one run.
 *
 * <p>{@link dev.quoin.bench.Bench} is the command. An {@link dev.quoin.bench.Area} has measures and contestants; the
 * {@link dev.quoin.bench.Harness} lets the contestants take turns, so that a machine whose speed drifts treats them alike, and prints
 * medians.
 */
@NullMarked
package dev.quoin.bench;

import org.jspecify.annotations.NullMarked;
