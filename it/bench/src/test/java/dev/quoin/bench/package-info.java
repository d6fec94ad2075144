/** Tests. */
@NullMarked
package dev.quoin.bench;

import org.jspecify.annotations.NullMarked;
