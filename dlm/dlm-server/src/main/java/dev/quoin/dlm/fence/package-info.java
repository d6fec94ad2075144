/** Cutting nodes off from the storage whose sessions have ended, before what they held is given to others. */
@NullMarked
package dev.quoin.dlm.fence;

import org.jspecify.annotations.NullMarked;
