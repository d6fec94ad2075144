/** Tests of the package of the same name. */
@NullMarked
package dev.quoin.iscsi.scsi;

import org.jspecify.annotations.NullMarked;
