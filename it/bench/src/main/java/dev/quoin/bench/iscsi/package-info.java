/** The iSCSI target beside tgt: the same file, the same initiators, the same port of the loopback interface's kind. */
@NullMarked
package dev.quoin.bench.iscsi;

import org.jspecify.annotations.NullMarked;
