/** The verbs for arrays. */
@NullMarked
package dev.quoin.tools.command.array;

import org.jspecify.annotations.NullMarked;
