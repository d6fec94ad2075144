/** Tests of the initiator, against our own target and others. */
@NullMarked
package dev.quoin.iscsi.initiator;

import org.jspecify.annotations.NullMarked;
