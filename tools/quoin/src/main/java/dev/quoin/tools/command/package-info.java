/** The verbs of the quoin command, and how they are parsed, explained and ended. */
@NullMarked
package dev.quoin.tools.command;

import org.jspecify.annotations.NullMarked;
