/** The lock manager: three peers in processes of their own, with their logs synced. */
@NullMarked
package dev.quoin.bench.locks;

import org.jspecify.annotations.NullMarked;
