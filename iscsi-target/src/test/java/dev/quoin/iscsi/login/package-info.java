/** Tests of the package of the same name. */
@NullMarked
package dev.quoin.iscsi.login;

import org.jspecify.annotations.NullMarked;
