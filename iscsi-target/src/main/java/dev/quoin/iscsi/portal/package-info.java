/**
 * The front door: listens, and takes all connections that have not logged in yet through their login on one thread, with a
 * few bytes of memory and a deadline for each.
 */
@NullMarked
package dev.quoin.iscsi.portal;

import org.jspecify.annotations.NullMarked;
