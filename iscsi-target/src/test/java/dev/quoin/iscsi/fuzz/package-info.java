/** Hostile input for every decoder of what a peer sends. */
@NullMarked
package dev.quoin.iscsi.fuzz;

import org.jspecify.annotations.NullMarked;
