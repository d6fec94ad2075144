/** jSCSI, a stack that we did not write, as a second initiator and as a second opinion on the bytes of headers. */
@NullMarked
package dev.quoin.iscsi.jscsi;

import org.jspecify.annotations.NullMarked;
