/** The verbs of the noun session. */
@NullMarked
package dev.quoin.tools.command.session;

import org.jspecify.annotations.NullMarked;
