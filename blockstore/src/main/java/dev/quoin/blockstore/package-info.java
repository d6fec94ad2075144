/** Pools and volumes on arrays; the catalogue is in the registry. */
@NullMarked
package dev.quoin.blockstore;

import org.jspecify.annotations.NullMarked;
