/** What modules count and measure, without a word of who collects it. */
@NullMarked
package dev.quoin.metrics;

import org.jspecify.annotations.NullMarked;
