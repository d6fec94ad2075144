/** Tests of the snapshot store. */
@NullMarked
package dev.quoin.dlm.store;

import org.jspecify.annotations.NullMarked;
