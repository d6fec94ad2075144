/** Tests of the package of the same name. */
@NullMarked
package dev.quoin.iscsi.wire;

import org.jspecify.annotations.NullMarked;
