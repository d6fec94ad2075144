/** The thread that carries connections. */
@NullMarked
package dev.quoin.dlm.client.loop;

import org.jspecify.annotations.NullMarked;
