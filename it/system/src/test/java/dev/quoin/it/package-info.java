/** Proof of the whole: the module map, the tidiness of the tree, and real processes against programs of others. */
@NullMarked
package dev.quoin.it;

import org.jspecify.annotations.NullMarked;
