/** Tests of the pure lock core. */
@NullMarked
package dev.quoin.dlm.core;

import org.jspecify.annotations.NullMarked;
