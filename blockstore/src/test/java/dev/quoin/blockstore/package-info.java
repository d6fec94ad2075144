/** Tests. */
@NullMarked
package dev.quoin.blockstore;

import org.jspecify.annotations.NullMarked;
