/** Tests of the front door. */
@NullMarked
package dev.quoin.iscsi.portal;

import org.jspecify.annotations.NullMarked;
