/** Tests of the translation between messages and the core. */
@NullMarked
package dev.quoin.dlm.wire;

import org.jspecify.annotations.NullMarked;
