/** Tests of the node's lock cache, over the real core in one process. */
@NullMarked
package dev.quoin.dlm.client.cache;

import org.jspecify.annotations.NullMarked;
