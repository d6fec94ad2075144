/** A whole lock manager with its clients in one thread and in virtual time, and what goes wrong in the world, from a seed. */
@NullMarked
package dev.quoin.dlm.sim;

import org.jspecify.annotations.NullMarked;
