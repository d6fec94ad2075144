/** The quoin command and the node that it runs. */
@NullMarked
package dev.quoin.tools;

import org.jspecify.annotations.NullMarked;
