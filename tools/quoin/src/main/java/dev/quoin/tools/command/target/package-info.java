/** The verbs of the noun target. */
@NullMarked
package dev.quoin.tools.command.target;

import org.jspecify.annotations.NullMarked;
