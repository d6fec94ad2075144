/** The verbs of the noun dlm. */
@NullMarked
package dev.quoin.tools.command.dlm;

import org.jspecify.annotations.NullMarked;
