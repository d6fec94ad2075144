/**
 * What the block store keeps in the registry and on its arrays: the records, their bytes, and the checker that walks them.
 *
 * <p>Pure: nothing here reads a clock, a device or a network. Each record lies in an {@link dev.quoin.blockstore.catalogue.Envelope}
 * with magic, version, feature flags and CRC32C; all numbers are little-endian.
 */
@NullMarked
package dev.quoin.blockstore.catalogue;

import org.jspecify.annotations.NullMarked;
