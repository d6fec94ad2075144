/** How a command fails: an exit code, the object, what was found and expected, and what to do next. */
@NullMarked
package dev.quoin.tools.fault;

import org.jspecify.annotations.NullMarked;
