/** {@code quoin demo}: a whole cluster in one process over files in a directory, and the check that proves that it works. */
@NullMarked
package dev.quoin.tools.demo;

import org.jspecify.annotations.NullMarked;
