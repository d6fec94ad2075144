/** Tests of the package of the same name. */
@NullMarked
package dev.quoin.iscsi.connection;

import org.jspecify.annotations.NullMarked;
