/** A Linux kernel as the initiator: the machine that it runs in, the node that it reaches, and what has to hold between them. */
@NullMarked
package dev.quoin.it.linux;

import org.jspecify.annotations.NullMarked;
