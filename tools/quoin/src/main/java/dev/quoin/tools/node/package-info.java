/** A node: lock manager peers, arrays, volumes, a target and file systems, put together from a configuration. */
@NullMarked
package dev.quoin.tools.node;

import org.jspecify.annotations.NullMarked;
