/** The verbs of the noun portal. */
@NullMarked
package dev.quoin.tools.command.portal;

import org.jspecify.annotations.NullMarked;
