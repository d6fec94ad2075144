/** Tests. */
@NullMarked
package dev.quoin.blockstore.catalogue;

import org.jspecify.annotations.NullMarked;
