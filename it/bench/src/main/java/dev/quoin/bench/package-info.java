/** Benchmarks beside peers, in one run. */
@NullMarked
package dev.quoin.bench;

import org.jspecify.annotations.NullMarked;
