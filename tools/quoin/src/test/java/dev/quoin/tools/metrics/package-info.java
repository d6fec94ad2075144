@NullMarked
package dev.quoin.tools.metrics;

import org.jspecify.annotations.NullMarked;
