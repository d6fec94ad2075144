/** The last snapshot of the lock manager's state, in RocksDB: the only package that knows it. */
@NullMarked
package dev.quoin.dlm.store;

import org.jspecify.annotations.NullMarked;
