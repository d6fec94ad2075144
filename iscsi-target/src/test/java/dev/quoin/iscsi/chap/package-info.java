/** Tests of CHAP. */
@NullMarked
package dev.quoin.iscsi.chap;

import org.jspecify.annotations.NullMarked;
