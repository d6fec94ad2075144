/** Who is at the other end of a connection, how that is proved, and what it may do. */
@NullMarked
package dev.quoin.dlm.security;

import org.jspecify.annotations.NullMarked;
