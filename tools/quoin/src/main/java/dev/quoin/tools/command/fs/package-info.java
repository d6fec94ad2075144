/** The verbs for file systems. */
@NullMarked
package dev.quoin.tools.command.fs;

import org.jspecify.annotations.NullMarked;
