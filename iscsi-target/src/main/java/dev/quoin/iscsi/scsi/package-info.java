/**
 * The SCSI side of a disk (SAM-5, SPC-4, SBC-4, which the type comments cite by section): command blocks decoded to a sealed
 * set, sense data, and the pages that describe a logical unit. Pure: no device is touched here.
 */
@NullMarked
package dev.quoin.iscsi.scsi;

import org.jspecify.annotations.NullMarked;
