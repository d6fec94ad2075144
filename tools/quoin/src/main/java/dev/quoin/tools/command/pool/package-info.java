/** The verbs for pools. */
@NullMarked
package dev.quoin.tools.command.pool;

import org.jspecify.annotations.NullMarked;
