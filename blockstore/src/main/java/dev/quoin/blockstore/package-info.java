/**
 * Pools and volumes on arrays; the catalogue and the maps are in the registry of the lock manager.
 *
 * <p>A pool is one or more arrays cut in extents. A volume maps its extents to the pool's, one at a time as they are first
 * written. One node owns a pool: it holds an EX lock on it, whose token guards each transaction, so that a former owner can
 * change nothing. {@link dev.quoin.blockstore.BlockStore} is the way in.
 *
 * <p>Three rules keep the data right. A write is acknowledged only after the mapping of its extent is committed. An extent that
 * any volume held before reads as zeroes, durably, before another gets it. An extent is freed only when no request is using it.
 */
@NullMarked
package dev.quoin.blockstore;

import org.jspecify.annotations.NullMarked;
