/** The verbs for locks. */
@NullMarked
package dev.quoin.tools.command.lock;

import org.jspecify.annotations.NullMarked;
