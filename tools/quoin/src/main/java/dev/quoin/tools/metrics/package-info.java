/** Metrics for Prometheus, and what a supervisor asks: whether the node lives and is ready. */
@NullMarked
package dev.quoin.tools.metrics;

import org.jspecify.annotations.NullMarked;
