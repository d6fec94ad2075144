/** Tests of the target as a whole. */
@NullMarked
package dev.quoin.iscsi;

import org.jspecify.annotations.NullMarked;
