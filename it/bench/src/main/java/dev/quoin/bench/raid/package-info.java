/** Arrays: what the parity kernels move. */
@NullMarked
package dev.quoin.bench.raid;

import org.jspecify.annotations.NullMarked;
