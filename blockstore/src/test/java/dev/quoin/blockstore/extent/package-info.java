/** Tests. */
@NullMarked
package dev.quoin.blockstore.extent;

import org.jspecify.annotations.NullMarked;
