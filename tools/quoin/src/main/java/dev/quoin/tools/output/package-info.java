/** What the quoin command prints: tables, JSON of version {@code quoin/v1}, faults and progress. */
@NullMarked
package dev.quoin.tools.output;

import org.jspecify.annotations.NullMarked;
