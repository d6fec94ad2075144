/** The verbs for volumes. */
@NullMarked
package dev.quoin.tools.command.volume;

import org.jspecify.annotations.NullMarked;
