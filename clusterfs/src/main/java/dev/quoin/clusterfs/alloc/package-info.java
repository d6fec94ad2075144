/** Free space: resource groups in memory, which block to take, and which of the freed may be taken again. */
@NullMarked
package dev.quoin.clusterfs.alloc;

import org.jspecify.annotations.NullMarked;
