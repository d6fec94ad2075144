/** jSCSI's target in a process of its own, as a peer of the iSCSI benchmark. */
@NullMarked
package dev.quoin.bench.jscsi;

import org.jspecify.annotations.NullMarked;
