/** Tests of the package of the same name. */
@NullMarked
package dev.quoin.iscsi.session;

import org.jspecify.annotations.NullMarked;
