/** What clients saw of a lock manager, and whether it may have been so. */
@NullMarked
package dev.quoin.dlm.history;

import org.jspecify.annotations.NullMarked;
